"""Shortest paths and reachability in one shared graph of dicts; a task for each starting point."""
# group: data

import heapq
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import _bench

NODES = 3000


def build():
    graph = {f"n{i}": {} for i in range(NODES)}
    value = 99
    for i in range(NODES):
        for step in range(4):
            value = (value * 1_103_515_245 + 12_345) % 2_147_483_648
            other = (i + 1 + (value >> 12) % (30 if step else NODES - 1)) % NODES
            weight = 1 + (value >> 20) % 20
            graph[f"n{i}"][f"n{other}"] = weight
            if step < 2:
                graph[f"n{other}"][f"n{i}"] = weight + 1
    return graph


def shortest(graph, start):
    distances = {start: 0}
    heap = [(0, start)]
    while heap:
        distance, node = heapq.heappop(heap)
        if distance > distances[node]:
            continue
        for other, weight in graph[node].items():
            through = distance + weight
            if other not in distances or through < distances[other]:
                distances[other] = through
                heapq.heappush(heap, (through, other))
    return distances


def steps(graph, start):
    seen = {start: 0}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for other in graph[node]:
            if other not in seen:
                seen[other] = seen[node] + 1
                waiting.append(other)
    return seen


def main(threads, scale):
    graph = build()
    starts = [f"n{i * 61 % NODES}" for i in range(max(1, int(288 * scale)))]

    def search(start):
        distances = shortest(graph, start)
        hops = steps(graph, start)
        return len(distances), sum(distances.values()), max(hops.values()), sum(hops.values())

    with _bench.timed():
        with ThreadPoolExecutor(max_workers=threads) as pool:
            results = list(pool.map(search, starts))
    print("searches:", len(results), "reached:", sum(result[0] for result in results),
          "distances:", sum(result[1] for result in results), "deepest:", max(result[2] for result in results),
          "steps:", sum(result[3] for result in results))


if __name__ == "__main__":
    _bench.run(main)
