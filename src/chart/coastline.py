"""Makes coastline.bin, the land of the maps, from Natural Earth's (public domain).

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python3 coastline.py package/land-50m.json coastline.bin

world-atlas (M. Bostock, ISC licence) repeats Natural Earth 4.1, 1:50m land, as TopoJSON:
whole numbers, each arc as steps from its first point, arcs that are shared by rings once.

coastline.bin: for each ring, the outer ones and lakes alike, the number of its points, then a
step of longitude and of latitude for each, the first from 0, 0, in hundredths of a degree.
Longitudes go on beyond 180 where a ring does; the ring around the south pole is closed along it.
Numbers are LEB128, steps with their sign in the lowest bit.
"""

import json
import sys


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def zigzag(number):
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def arcs(topology):
    (scale_x, scale_y) = topology["transform"]["scale"]
    (x_0, y_0) = topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x += step_x
            y += step_y
            points.append((round(100 * (x * scale_x + x_0)), round(100 * (y * scale_y + y_0))))
        yield points


def rings(geometry, lines):
    if geometry["type"] == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from rings(part, lines)
        return
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for polygon in polygons:
        for ring in polygon:
            points = []
            for number in ring:
                line = lines[number] if number >= 0 else lines[~number][::-1]
                points.extend(line[1:] if points else line)
            yield points


def unwrapped(ring):
    """The ring without jumps of a turn; one that goes around the pole is closed along it."""
    points = [ring[0]]
    for x, y in ring[1:]:
        turns = round((points[-1][0] - x) / 36000)
        points.append((x + turns * 36000, y))
    (first, last) = (points[0], points[-1])
    if first != last:
        points += [(last[0], -9000), (first[0], -9000), first]
    return points


def main(source, destination):
    with open(source) as file:
        topology = json.load(file)
    lines = list(arcs(topology))
    found = []
    for ring in rings(topology["objects"]["land"], lines):
        kept = [point for i, point in enumerate(ring) if i == 0 or point != ring[i - 1]]
        kept = unwrapped(kept)
        # An islet of one or two hundredths of a degree is no line on any map.
        if len(kept) >= 4:
            found.append(kept)
    found.sort(key=lambda ring: (-len(ring), ring))
    with open(destination, "wb") as file:
        for ring in found:
            file.write(varint(len(ring)))
            x = y = 0
            for next_x, next_y in ring:
                file.write(zigzag(next_x - x) + zigzag(next_y - y))
                (x, y) = (next_x, next_y)
    print(len(found), "rings,", sum(map(len, found)), "points")


if __name__ == "__main__":
    main(*sys.argv[1:])
