// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.MainConf;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.config.ServerFacts;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Lets the installed PostgreSQL itself judge a configuration before it is put into force, and
/// leaves out the user's parameters that it does not take on this machine: an unknown time zone or
/// locale, a stack beyond the limit.
///
/// A server that reads one bad value when it starts does not start, and one that reads it at a
/// reload may ignore all the others. A trial takes some 20 ms; it runs no server.
public final class ConfigurationTrial {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int ROUNDS = 5;

  /// As in `LOG: invalid value for parameter "lc_messages": "xx"`.
  private static final Pattern CULPRIT =
      Pattern.compile("(?m)^.*?(?:LOG|ERROR|FATAL): +(.*parameter \"([^\"]+)\".*)$");

  private final PostgresPrograms programs;
  private final Path scratch;

  /// @param scratch an existing folder that the server's user may read, for the files on trial
  public ConfigurationTrial(PostgresPrograms programs, Path scratch) {
    this.programs = programs;
    this.scratch = scratch;
  }

  /// The configuration without what PostgreSQL does not take; {@link ServerConfiguration#findings}
  /// names it.
  ///
  /// @param postgresqlConf the content of `postgresql.conf`
  public ServerConfiguration run(
      ClusterSettings cluster, ServerFacts facts, String postgresqlConf, Path dataDirectory)
      throws IOException, InterruptedException {
    int major = programs.installation().major();
    var refused = new TreeMap<String, String>();
    ServerConfiguration configuration = ServerConfiguration.of(cluster, major, facts);
    for (int round = 0; round < ROUNDS; round++) {
      boolean more = false;
      for (var culprit : culprits(configuration, postgresqlConf, dataDirectory).entrySet()) {
        boolean theUsers =
            cluster.postgres().parameters().keySet().stream()
                .anyMatch(name -> name.equalsIgnoreCase(culprit.getKey()));
        more |= theUsers && refused.put(culprit.getKey(), culprit.getValue()) == null;
      }
      if (!more) {
        return configuration;
      }
      configuration = ServerConfiguration.of(cluster, major, facts.withRefused(refused));
    }
    return configuration;
  }

  private Map<String, String> culprits(
      ServerConfiguration configuration, String postgresqlConf, Path dataDirectory)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory(scratch, "trial");
    try {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      Path main = folder.resolve("postgresql.conf");
      write(main, MainConf.withIncludes(postgresqlConf), StandardCharsets.ISO_8859_1);
      for (Map.Entry<String, String> file : configuration.files().entrySet()) {
        if (file.getKey().equals(ServerConfiguration.CUSTOM_CONF)
            || file.getKey().equals(ServerConfiguration.OVERRIDE_CONF)) {
          write(folder.resolve(file.getKey()), file.getValue(), StandardCharsets.UTF_8);
        }
      }
      var output =
          new ProgramRun(
                  programs.launch().withEnvironment("LC_ALL", "C"),
                  programs.installation().program("postgres"))
              .with("-D", dataDirectory.toString(), "-c", "config_file=" + main)
              .with("-C", "data_directory")
              .within(LIMIT)
              .runToEnd();
      return output.exitCode() == 0 ? new TreeMap<>() : parse(output.errors());
    } finally {
      DurableFiles.deleteTree(folder);
    }
  }

  private static void write(Path file, String content, java.nio.charset.Charset charset)
      throws IOException {
    Files.writeString(file, content, charset);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  static Map<String, String> parse(String errors) {
    var culprits = new TreeMap<String, String>();
    Matcher matcher = CULPRIT.matcher(errors);
    while (matcher.find()) {
      culprits.putIfAbsent(matcher.group(2).toLowerCase(Locale.ROOT), matcher.group(1));
    }
    return culprits;
  }
}
