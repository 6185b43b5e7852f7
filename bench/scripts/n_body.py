"""The solar system's five heavy bodies, stepped forward: many systems with slightly different starts."""
# group: numeric

import queue
import threading
from math import sqrt

import _bench

SYSTEMS = 48
STEP = 0.01  # days
G = 0.000295912208  # in astronomical units, days and solar masses

# Mass, position and velocity (AU, AU/day) of Sun, Jupiter, Saturn, Uranus, Neptune: JPL's values for 1994-09-05,
# as printed in Hairer, Lubich, Wanner: Geometric Numerical Integration, I.2.4. There the step is 10 days and more.
BODIES = (
    (1.00000597682, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0.000954786104043, -3.5023653, -3.8169847, -1.5507963, 0.00565429, -0.00412490, -0.00190589),
    (0.000285583733151, 9.0755314, -3.0458353, -1.6483708, 0.00168318, 0.00483525, 0.00192462),
    (0.0000437273164546, 8.3101420, -16.2901086, -7.2521278, 0.00354178, 0.00137102, 0.00055029),
    (0.0000517759138449, 11.4707666, -25.7294829, -10.8169456, 0.00288930, 0.00114527, 0.00039677),
)


class Body:
    def __init__(self, mass, x, y, z, vx, vy, vz):
        self.mass = mass
        self.x, self.y, self.z = x, y, z
        self.vx, self.vy, self.vz = vx, vy, vz


def advance(bodies, pairs, step):
    for a, b in pairs:
        dx = a.x - b.x
        dy = a.y - b.y
        dz = a.z - b.z
        distance2 = dx * dx + dy * dy + dz * dz
        force = G * step / (distance2 * sqrt(distance2))
        a.vx -= dx * b.mass * force
        a.vy -= dy * b.mass * force
        a.vz -= dz * b.mass * force
        b.vx += dx * a.mass * force
        b.vy += dy * a.mass * force
        b.vz += dz * a.mass * force
    for body in bodies:
        body.x += step * body.vx
        body.y += step * body.vy
        body.z += step * body.vz


def energy(bodies, pairs):
    total = 0.0
    for body in bodies:
        total += body.mass * (body.vx * body.vx + body.vy * body.vy + body.vz * body.vz) / 2
    for a, b in pairs:
        total -= G * a.mass * b.mass / sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2 + (a.z - b.z) ** 2)
    return total


def simulate(number, steps):
    bodies = [Body(*values) for values in BODIES]
    bodies[1].x += number * 0.001
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    before = energy(bodies, pairs)
    for _ in range(steps):
        advance(bodies, pairs, STEP)
    return before, energy(bodies, pairs)


def work(numbers, steps, results):
    while True:
        try:
            number = numbers.get_nowait()
        except queue.Empty:
            return
        results[number] = simulate(number, steps)


def main(threads, scale):
    steps = max(1, int(9000 * scale))
    numbers = queue.SimpleQueue()
    for number in range(SYSTEMS):
        numbers.put(number)
    results = {}
    with _bench.timed():
        workers = [threading.Thread(target=work, args=(numbers, steps, results)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    for number in (0, SYSTEMS - 1):
        before, after = results[number]
        print(f"system {number}: energy {before:.12e} before, {after:.12e} after {steps} steps")
    print("checksum:", repr(sum(results[number][1] for number in range(SYSTEMS))))


if __name__ == "__main__":
    _bench.run(main)
