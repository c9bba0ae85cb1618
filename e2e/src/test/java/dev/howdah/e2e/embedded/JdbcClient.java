// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.embedded;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/// A Java application with nothing but the JDBC driver and a `jdbc-uri`, in a process of its own: a
/// JVM takes its host names once, at its start.
final class JdbcClient {
  private JdbcClient() {}

  public static void main(String[] args) throws SQLException {
    try (var connection = DriverManager.getConnection(System.getenv("JDBC_URI"));
        var statement = connection.createStatement();
        var rows = statement.executeQuery(args[0])) {
      rows.next();
      System.out.println(rows.getString(1));
    }
  }

  /// The host that a `jdbc-uri` names.
  static String host(String jdbcUri) {
    return URI.create(jdbcUri.substring("jdbc:".length())).getHost();
  }

  /// @param hosts a hosts file that stands for the name server
  static EmbeddedHowdah.Ran run(Path hosts, String jdbcUri, String sql)
      throws IOException, InterruptedException {
    var classPath =
        String.join(
            File.pathSeparator,
            location(JdbcClient.class).toString(),
            location(org.postgresql.Driver.class).toString());
    return EmbeddedHowdah.run(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djdk.net.hosts.file=" + hosts,
            "-cp",
            classPath,
            JdbcClient.class.getName(),
            sql),
        Map.of("JDBC_URI", jdbcUri));
  }

  private static Path location(Class<?> type) {
    return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()));
  }
}
