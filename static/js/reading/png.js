/*
 * Owns grey pixels as a PNG file in a data URL. The pixels are stored, not compressed: a digit image
 * is 1.2 KB, and browsers have no compression that answers at once. Knows nothing else.
 */

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const GREY_8_BIT = [8, 0, 0, 0, 0];
const LARGEST_BLOCK = 65535;

export function pngDataUrl(pixels, width, height) {
  const rows = new Uint8Array(height * (width + 1)); // each row starts with its filter: none
  for (let y = 0; y < height; y++)
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const file = [
    ...SIGNATURE,
    ...chunk("IHDR", [...bigEndian(width), ...bigEndian(height), ...GREY_8_BIT]),
    ...chunk("IDAT", stored(rows)),
    ...chunk("IEND", []),
  ];
  return `data:image/png;base64,${btoa(String.fromCharCode(...file))}`;
}

function chunk(kind, body) {
  const named = [...kind].map((letter) => letter.charCodeAt(0)).concat(body);
  return [...bigEndian(body.length), ...named, ...bigEndian(crc32(named))];
}

/* A zlib stream of one block that is not compressed. */
function stored(bytes) {
  if (bytes.length > LARGEST_BLOCK) throw new RangeError("This picture is too large.");
  const length = [bytes.length & 255, bytes.length >> 8];
  const inverted = length.map((byte) => byte ^ 255);
  return [0x78, 0x01, 1, ...length, ...inverted, ...bytes, ...bigEndian(adler32(bytes))];
}

function bigEndian(number) {
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
}

function adler32(bytes) {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return ((high << 16) | low) >>> 0;
}

const CRC_OF_BYTE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_OF_BYTE[(crc ^ byte) & 255];
  return ~crc >>> 0;
}
