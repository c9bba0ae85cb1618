// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.catalog;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import dev.howdah.backup.codec.Compression;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The sizes and checksums of all files of a backup, by their paths below the data directory.
public record FileManifest(Map<String, Sum> files) {
  /// How a moment is written, here and by PostgreSQL.
  public static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'GMT'").withZone(ZoneOffset.UTC);

  /// As [#SECOND], of a file that surely wasn't written to while it was read.
  public static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSSSSS 'GMT'").withZone(ZoneOffset.UTC);

  /// @param modified when it was last written to, well before the backup began; null where it may
  ///   have been written to since
  /// @param crc CRC32C; null where only the size is known, as of files put together from pages
  public record Sum(long size, @Nullable Instant modified, @Nullable Integer crc) {}

  /// Reads that of a backup; empty if there is none, as for those of other tools.
  ///
  /// @throws StoreException of kind CORRUPT if it can't be read
  public static Optional<FileManifest> find(ObjectStore store, String key) {
    var found = store.find(key);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (var in = Compression.ofKey(key).decompress(new BufferedInputStream(found.get()))) {
      return Optional.of(parse(in));
    } catch (IOException | IllegalArgumentException | DateTimeException e) {
      throw new StoreException(
          Kind.CORRUPT, key + " in " + store.location() + " can't be read: " + e.getMessage(), e);
    }
  }

  /// Reads PostgreSQL's form of it.
  public static FileManifest parse(InputStream json) throws IOException {
    var files = new HashMap<String, Sum>();
    try (var parser = JsonFactory.builder().build().createParser(json)) {
      String path = "";
      long size = 0;
      String sum = "";
      String modified = "";
      for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.FIELD_NAME) {
          var name = parser.currentName();
          parser.nextToken();
          switch (name) {
            case "Path" -> path = parser.getText();
            case "Size" -> size = parser.getLongValue();
            case "Last-Modified" -> modified = parser.getText();
            case "Checksum" -> sum = parser.getText();
            default -> {}
          }
        } else if (token == JsonToken.END_OBJECT && !path.isEmpty()) {
          files.put(
              path,
              new Sum(
                  size,
                  moment(modified),
                  sum.isEmpty() ? null : Integer.reverseBytes(HexFormat.fromHexDigits(sum))));
          path = "";
          sum = "";
          modified = "";
        }
      }
    }
    return new FileManifest(files);
  }

  private static @Nullable Instant moment(String text) {
    return text.contains(".") ? TIME.parse(text, Instant::from) : null;
  }
}
