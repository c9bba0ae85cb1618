// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.MainConf;
import dev.howdah.postgres.config.ParameterTable;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.config.ServerFacts;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Lets the installed PostgreSQL itself judge the user's parameters before they are put into force:
/// a time zone or locale that this machine doesn't have, a stack beyond its limit, a name that only
/// other minor versions know.
///
/// A server that reads one bad value when it starts does not start, and one that reads it at a
/// reload may ignore all the others. A trial takes some 20 ms; it runs no server.
public final class ConfigurationTrial {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int ROUNDS = 5;

  /// As in `LOG: invalid value for parameter "lc_messages": "xx"`.
  private static final Pattern CULPRIT =
      Pattern.compile("(?m)^.*?(?:LOG|ERROR|FATAL): +(.*parameter \"([^\"]+)\".*)$");

  /// In the files on trial, which nobody else sees.
  private static final Pattern WHERE = Pattern.compile(" in file \"[^\"]*\" line \\d+");

  private final PostgresPrograms programs;
  private final Path scratch;

  /// @param scratch an existing folder that the server's user may read, for the files on trial
  public ConfigurationTrial(PostgresPrograms programs, Path scratch) {
    this.programs = programs;
    this.scratch = scratch;
  }

  /// The parameters that PostgreSQL does not take, by their names in lower case, with its words.
  ///
  /// @param postgresqlConf the content of `postgresql.conf`
  /// @throws PostgresException if it says nothing of any parameter, and yet does not read them
  public Map<String, String> refused(
      ClusterSettings cluster, ServerFacts facts, String postgresqlConf, Path dataDirectory)
      throws IOException, InterruptedException {
    int major = programs.installation().major();
    var asked = new TreeSet<String>();
    cluster.postgres().parameters().keySet().forEach(name -> asked.add(ParameterTable.key(name)));
    var refused = new TreeMap<String, String>();
    for (int round = 0; round < ROUNDS; round++) {
      var configuration = ServerConfiguration.of(cluster, major, facts.withRefused(refused));
      var culprits = culprits(configuration, postgresqlConf, dataDirectory);
      culprits.keySet().retainAll(asked);
      if (!refused.keySet().containsAll(culprits.keySet())) {
        refused.putAll(culprits);
      } else {
        break;
      }
    }
    return refused;
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
      if (output.exitCode() == 0) {
        return new TreeMap<>();
      }
      var culprits = parse(output.errors());
      if (culprits.isEmpty()) {
        throw new PostgresException(
            "PostgreSQL did not read its configuration: " + output.errors().strip());
      }
      return culprits;
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
      culprits.putIfAbsent(
          ParameterTable.key(matcher.group(2)), WHERE.matcher(matcher.group(1)).replaceAll(""));
    }
    return culprits;
  }
}
