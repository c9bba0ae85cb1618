// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/// Compressed resources of lines `key TAB value`. Written for a quick start: inflated in one go and
/// cut by searching, nothing is decoded twice.
public final class Lines {
  private Lines() {}

  /// The values by key.
  public static Map<String, String> read(Class<?> beside, String resource) {
    try (var in = Objects.requireNonNull(beside.getResourceAsStream(resource), resource);
        var inflated = new GZIPInputStream(in, 16_384)) {
      var text = new String(inflated.readAllBytes(), StandardCharsets.UTF_8);
      var result = HashMap.<String, String>newHashMap(600);
      for (var from = 0; from < text.length(); ) {
        var end = text.indexOf('\n', from);
        var tab = text.indexOf('\t', from);
        result.put(text.substring(from, tab), text.substring(tab + 1, end));
        from = end + 1;
      }
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
