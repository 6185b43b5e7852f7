"""Plain SVG bar charts with confidence intervals."""

from html import escape

BAR, GAP, GROUP_GAP, LEFT, RIGHT, TOP = 13, 2, 12, 190, 90, 64
WIDTH = 900


def _nice_step(limit):
    """A round distance for about six marks on an axis up to limit."""
    step = 10.0 ** -6
    while True:
        for factor in (1, 2, 5):
            if limit / (step * factor) <= 8:
                return step * factor
        step *= 10


def bars(title, groups, unit):
    """Horizontal bars. groups: [(name, [(label, colour, value, low, high), …]), …]; returns the SVG's text."""
    limit = max((bar[4] for _, entries in groups for bar in entries), default=1) * 1.02 or 1
    scale = (WIDTH - LEFT - RIGHT) / limit
    parts, legend = [], {}
    y = TOP
    for name, entries in groups:
        height = max(1, len(entries)) * (BAR + GAP)
        parts.append(f'<text x="{LEFT - 8}" y="{y + height / 2 + 4:.1f}" text-anchor="end">{escape(name)}</text>')
        if not entries:
            parts.append(f'<text x="{LEFT + 4}" y="{y + BAR - 2}" class="faint">no figures</text>')
        for label, colour, value, low, high in entries:
            legend[label] = colour
            middle = y + BAR / 2
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{value * scale:.1f}" height="{BAR}" fill="{colour}"/>')
            parts.append(f'<path class="interval" d="M{LEFT + low * scale:.1f} {middle}H{LEFT + high * scale:.1f}'
                         f'M{LEFT + low * scale:.1f} {middle - 3}v6M{LEFT + high * scale:.1f} {middle - 3}v6"/>')
            parts.append(f'<text x="{LEFT + high * scale + 5:.1f}" y="{y + BAR - 2}" class="value">{value:.2f}</text>')
            y += BAR + GAP
        if not entries:
            y += BAR + GAP
        y += GROUP_GAP
    axis, step, mark = [], _nice_step(limit), 0
    while mark * step <= limit:
        x = LEFT + mark * step * scale
        axis.append(f'<path class="grid" d="M{x:.1f} {TOP - 6}V{y}"/>'
                    f'<text x="{x:.1f}" y="{y + 16}" text-anchor="middle" class="faint">{mark * step:g}</text>')
        mark += 1
    keys, x = [], LEFT
    for label, colour in legend.items():
        keys.append(f'<rect x="{x}" y="34" width="11" height="11" fill="{colour}"/>'
                    f'<text x="{x + 16}" y="44">{escape(label)}</text>')
        x += 40 + 7 * len(label)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 40}" width="{WIDTH}" height="{y + 40}" '
        'font-family="sans-serif" font-size="12">',
        "<style>.grid{stroke:#ddd}.interval{stroke:#111;fill:none}.faint{fill:#666;font-size:11px}"
        ".value{font-size:11px}</style>",
        f'<rect width="{WIDTH}" height="{y + 40}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{escape(title)}</text>',
        *axis, *parts, *keys,
        f'<text x="{WIDTH - RIGHT}" y="{y + 32}" text-anchor="end" class="faint">{escape(unit)}; the thin lines are '
        "confidence intervals of the medians</text>", "</svg>", ""])
