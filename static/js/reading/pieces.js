/*
 * Owns how the pieces of a drawing are told apart: ink that hangs together, with its mass and its
 * extent. The same as reader/pieces.py. Pure: must not know which pieces are specks.
 */

const GRID = 48; // pieces are told apart on a grid of this many cells along the longer side

const { ceil, floor, max, min } = Math;

/*
 * The pieces of the ink, { mass, extent } each, and `pieceAt(x, y)`, the index of the piece there,
 * to the nearest cell; -1 where there is none. `least` is the least ink that counts.
 */
export function piecesOf(ink, least) {
  const cell = max(1, ceil(max(ink.width, ink.height) / GRID));
  const width = ceil(ink.width / cell);
  const height = ceil(ink.height / cell);
  const masses = new Float64Array(width * height); // of the inked pixels of each cell; 0: none
  const cellOf = (x, y) => floor(y / cell) * width + floor(x / cell);
  for (let y = 0, at = 0; y < ink.height; y++) {
    for (let x = 0; x < ink.width; x++, at++)
      if (ink.pixels[at] >= least) masses[cellOf(x, y)] += ink.pixels[at];
  }
  const { pieces, pieceOf } = groupsOf(masses, width, height);
  return { pieces, pieceAt: (x, y) => pieceOf[cellOf(x, y)] };
}

/* Cells that touch each other, corners included, in groups; and which group each cell is of. */
function groupsOf(masses, width, height) {
  const pieceOf = new Int32Array(masses.length).fill(-1);
  const pieces = [];
  for (let start = 0; start < masses.length; start++) {
    if (masses[start] === 0 || pieceOf[start] >= 0) continue;
    const reached = [start];
    pieceOf[start] = pieces.length;
    let [mass, left, right, top, bottom] = [0, width, 0, height, 0];
    for (let cell = reached.pop(); cell !== undefined; cell = reached.pop()) {
      const x = cell % width;
      const y = floor(cell / width);
      mass += masses[cell];
      left = min(left, x);
      right = max(right, x);
      top = min(top, y);
      bottom = max(bottom, y);
      for (let ny = max(0, y - 1); ny <= min(height - 1, y + 1); ny++) {
        for (let nx = max(0, x - 1); nx <= min(width - 1, x + 1); nx++) {
          const neighbour = ny * width + nx;
          if (masses[neighbour] === 0 || pieceOf[neighbour] >= 0) continue;
          pieceOf[neighbour] = pieces.length;
          reached.push(neighbour);
        }
      }
    }
    pieces.push({ mass, extent: max(right - left, bottom - top) + 1 });
  }
  return { pieces, pieceOf };
}
