// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A libpq connection string of keywords and values. It never holds a password: use `passfile`.
public record ConnInfo(Map<String, String> keywords) {
  private static final String USER_TIMEOUT = "tcp_user_timeout";

  /// So that who waits for a server whose machine is gone asks whether it is; without these the
  /// system does after two hours. How long no answer is waited for, `tcp_user_timeout` says where
  /// the system has it.
  private static final Map<String, String> KEEPALIVES =
      Map.of("keepalives_idle", "10", "keepalives_interval", "5", "keepalives_count", "6");

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

  /// This connection string with one keyword set, unless it is set already.
  public ConnInfo withDefault(String keyword, String value) {
    return keywords.containsKey(keyword) ? this : with(keyword, value);
  }

  /// For who streams, and can go on elsewhere: a server that doesn't answer is given up within
  /// seconds. What is set already stays.
  public ConnInfo givingUpSoon() {
    return withDefault(USER_TIMEOUT, "5000").keptAlive();
  }

  /// For who copies, and would have to begin anew: lasts through what a network does for a moment.
  /// What is set already stays.
  public ConnInfo lasting() {
    return withDefault(USER_TIMEOUT, "60000").keptAlive();
  }

  private ConnInfo keptAlive() {
    ConnInfo all = withDefault("connect_timeout", "5");
    for (String keyword : KEEPALIVES.keySet().stream().sorted().toList()) {
      all = all.withDefault(keyword, KEEPALIVES.getOrDefault(keyword, ""));
    }
    return all;
  }

  /// How a standby reaches the server it follows: as `streaming_replica`, with certificates on both
  /// sides; for how long, [#givingUpSoon()] and [#lasting()] say.
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
