// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A libpq connection string of keywords and values. It never holds a password: use `passfile`.
public record ConnInfo(Map<String, String> keywords) {
  public ConnInfo {
    if (keywords.containsKey("password")) {
      throw new IllegalArgumentException(
          "a connection string must not hold a password; write it into a passfile");
    }
    keywords = Collections.unmodifiableMap(new LinkedHashMap<>(keywords));
  }

  /// This connection string with one keyword set, replacing an earlier value.
  public ConnInfo with(String keyword, String value) {
    var map = new LinkedHashMap<>(keywords);
    map.put(keyword, value);
    return new ConnInfo(map);
  }

  /// This connection string without one keyword.
  public ConnInfo without(String keyword) {
    var map = new LinkedHashMap<>(keywords);
    map.remove(keyword);
    return new ConnInfo(map);
  }

  /// How a standby reaches the server it follows: as `streaming_replica`, with certificates on both
  /// sides.
  ///
  /// @param host the name that the server's certificate is checked against, such as `<cluster>-rw`
  /// @param address where to connect to, so that no name has to be resolved; empty to resolve the
  ///   host
  public static ConnInfo streaming(
      String host, String address, int port, String applicationName, ServerPaths paths) {
    var map = new LinkedHashMap<String, String>();
    map.put("host", host);
    if (!address.isEmpty()) {
      map.put("hostaddr", address);
    }
    map.put("user", "streaming_replica");
    map.put("port", Integer.toString(port));
    map.put("sslkey", paths.certificate("streaming_replica.key"));
    map.put("sslcert", paths.certificate("streaming_replica.crt"));
    map.put("sslrootcert", paths.certificate("server-ca.crt"));
    map.put("application_name", applicationName);
    map.put("sslmode", "verify-ca");
    map.put("dbname", "postgres");
    map.put("connect_timeout", "5");
    map.put("tcp_user_timeout", "5000");
    return new ConnInfo(map);
  }

  /// The string that libpq reads (PostgreSQL manual, 34.1.1.1).
  @Override
  public String toString() {
    var out = new StringBuilder();
    keywords.forEach((keyword, value) -> {
      if (!keyword.matches("[a-z_]+")) {
        throw new IllegalArgumentException(
            "\"" + keyword + "\" is not a keyword of a connection string");
      }
      out.append(out.isEmpty() ? "" : " ").append(keyword).append('=').append(quote(value));
    });
    return out.toString();
  }

  private static String quote(String value) {
    if (value.indexOf(0) >= 0) {
      throw new IllegalArgumentException("a connection string cannot hold a NUL");
    }
    if (value.matches("[A-Za-z0-9_./:@%+,-]+")) {
      return value;
    }
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
