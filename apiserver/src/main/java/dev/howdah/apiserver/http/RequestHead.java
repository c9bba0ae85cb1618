// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request up to its body. Header names are in lower case; `path` keeps its percent signs.
record RequestHead(
    String method,
    String path,
    Map<String, List<String>> query,
    Map<String, List<String>> headers,
    boolean keepAlive) {
  private static final int MAX_HEADERS = 200;

  /// Reads the next head, or null when the peer has closed.
  static @Nullable RequestHead read(HttpInput in) throws IOException {
    var line = in.line();
    while (line != null && line.isEmpty()) {
      line = in.line();
    }
    if (line == null) {
      return null;
    }
    var parts = line.split(" ");
    if (parts.length != 3 || !parts[2].startsWith("HTTP/1.")) {
      throw new HttpException(400, "malformed request line");
    }
    var headers = headers(in);
    var target = parts[1];
    if (target.startsWith("http://") || target.startsWith("https://")) {
      var slash = target.indexOf('/', target.indexOf("//") + 2);
      target = slash < 0 ? "/" : target.substring(slash);
    }
    var mark = target.indexOf('?');
    var path = mark < 0 ? target : target.substring(0, mark);
    var query = mark < 0 ? Map.<String, List<String>>of() : query(target.substring(mark + 1));
    var connection = String.join(",", headers.getOrDefault("connection", List.of()));
    var keep =
        parts[2].equals("HTTP/1.1")
            ? !connection.toLowerCase(Locale.ROOT).contains("close")
            : connection.toLowerCase(Locale.ROOT).contains("keep-alive");
    return new RequestHead(parts[0], path, query, headers, keep);
  }

  private static Map<String, List<String>> headers(HttpInput in) throws IOException {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (var count = 0; ; count++) {
      var line = in.line();
      if (line == null) {
        throw new java.io.EOFException("connection closed inside the headers");
      }
      if (line.isEmpty()) {
        return headers;
      }
      var colon = line.indexOf(':');
      if (colon <= 0) {
        throw new HttpException(400, "malformed header line");
      }
      if (count >= MAX_HEADERS) {
        throw new HttpException(431, "more than " + MAX_HEADERS + " header lines");
      }
      headers
          .computeIfAbsent(
              line.substring(0, colon).toLowerCase(Locale.ROOT), _ -> new ArrayList<>(1))
          .add(line.substring(colon + 1).strip());
    }
  }

  private static Map<String, List<String>> query(String text) throws HttpException {
    Map<String, List<String>> query = new LinkedHashMap<>();
    for (var pair : text.split("&")) {
      if (!pair.isEmpty()) {
        var equals = pair.indexOf('=');
        var name = HttpInput.decode(equals < 0 ? pair : pair.substring(0, equals), true);
        var value = equals < 0 ? "" : HttpInput.decode(pair.substring(equals + 1), true);
        query.computeIfAbsent(name, _ -> new ArrayList<>(1)).add(value);
      }
    }
    return query;
  }
}
