// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.backup.catalog.FileManifest;
import dev.howdah.backup.codec.Compression;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Writes the manifest of a backup, with the size and the CRC32C of each file, in PostgreSQL's own
/// form (PostgreSQL manual, "Backup Manifest Format"), so that `pg_verifybackup` can check what was
/// restored. It is compressed as it grows.
final class FileSums {
  private final ByteArrayOutputStream compressed = new ByteArrayOutputStream();
  private final OutputStream out;
  private final MessageDigest digest;
  private boolean first = true;
  private long files;
  private Instant settled = Instant.MIN;

  FileSums() throws IOException {
    this.out = Compression.ZSTD.compress(compressed, -1);
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    write("{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [");
  }

  private void write(String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(bytes);
    out.write(bytes);
  }

  /// Times of last writes before this moment are noted to the nanosecond, later ones to the second,
  /// which says that the file may have been written to while it was read.
  ///
  /// @param moment by the clock of the data's file system, well before the copy began
  synchronized void settledBefore(Instant moment) {
    settled = moment;
  }

  /// @param path below the data directory; a tablespace's begins with `pg_tblspc/OID/`
  synchronized void add(String path, long size, Instant modified, @Nullable Integer crc)
      throws IOException {
    write(first ? "\n" : ",\n");
    first = false;
    files++;
    write(
        "{ \"Path\": \"%s\", \"Size\": %d, \"Last-Modified\": \"%s\"%s }"
            .formatted(
                escaped(path),
                size,
                (modified.isBefore(settled) ? FileManifest.TIME : FileManifest.SECOND)
                    .format(modified),
                crc == null
                    ? ""
                    : ", \"Checksum-Algorithm\": \"CRC32C\", \"Checksum\": \"" + hex(crc) + "\""));
  }

  /// As PostgreSQL has it: the bytes as they lie in memory, lowest first.
  static String hex(int crc) {
    return HexFormat.of().toHexDigits(Integer.reverseBytes(crc));
  }

  private static String escaped(String text) {
    var escaped = new StringBuilder();
    text.chars()
        .forEach(c -> {
          if (c == '"' || c == '\\') {
            escaped.append('\\').append((char) c);
          } else if (c < 0x20) {
            escaped.append("\\u%04x".formatted(c));
          } else {
            escaped.append((char) c);
          }
        });
    return escaped.toString();
  }

  synchronized long files() {
    return files;
  }

  /// Ends it, and returns it compressed.
  synchronized byte[] finish(int timeline, String beginLsn, String endLsn) throws IOException {
    write(
        "\n],\n\"WAL-Ranges\": [\n{ \"Timeline\": %d, \"Start-LSN\": \"%s\", \"End-LSN\": \"%s\" }\n],\n"
            .formatted(timeline, beginLsn, endLsn));
    var sum = HexFormat.of().formatHex(digest.digest());
    out.write("\"Manifest-Checksum\": \"%s\"}\n".formatted(sum).getBytes(StandardCharsets.UTF_8));
    out.close();
    return compressed.toByteArray();
  }
}
