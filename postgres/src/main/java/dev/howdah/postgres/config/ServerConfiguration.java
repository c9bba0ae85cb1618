// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// The configuration files of one instance, as a pure function of its Cluster and a few facts.
///
/// Whatever the Cluster says, PostgreSQL starts with it: what it would refuse is left out and
/// reported as a {@link Finding}. `custom.conf` holds what all instances share, `override.conf`
/// what this instance's role adds.
///
/// @param parameters what `custom.conf` sets, `cnpg.*` apart
/// @param overrides what `override.conf` sets
/// @param configHash of what all instances of the Cluster share; equals `cnpg.config_sha256` once
///   it is in force
/// @param filesHash of all four files; equals `howdah.files_sha256` once they are in force
public record ServerConfiguration(
    SortedMap<String, String> parameters,
    SortedMap<String, String> overrides,
    String customConf,
    String overrideConf,
    String hba,
    String ident,
    String configHash,
    String filesHash,
    List<Finding> findings) {

  /// The names of the files below the data directory.
  public static final String CUSTOM_CONF = "custom.conf";

  public static final String OVERRIDE_CONF = "override.conf";
  public static final String HBA_CONF = "pg_hba.conf";
  public static final String IDENT_CONF = "pg_ident.conf";

  /// The setting that names the configuration in force for all of the Cluster.
  public static final String CONFIG_HASH = "cnpg.config_sha256";

  /// The setting that names the files in force on this instance.
  public static final String FILES_HASH = "howdah.files_sha256";

  public ServerConfiguration {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    overrides = Collections.unmodifiableSortedMap(new TreeMap<>(overrides));
    findings = List.copyOf(findings);
  }

  /// The files that this instance of the Cluster needs with PostgreSQL `major`.
  public static ServerConfiguration of(ClusterSettings cluster, int major, ServerFacts facts) {
    var findings = new ArrayList<Finding>();
    var builder = new ParameterMerge(cluster, major, facts, findings);
    SortedMap<String, String> parameters = builder.parameters();
    socketPath(facts).ifPresent(findings::add);
    SortedMap<String, String> overrides = new OverrideFile(cluster, facts).parameters();
    String configHash = sha256(ConfText.lines(builder.shared()));

    var custom =
        new StringBuilder(
            "# Written by Howdah; changes are lost. Use spec.postgresql.parameters.\n");
    custom.append(ConfText.lines(parameters)).append(ConfText.line(CONFIG_HASH, configHash));
    var access = new AccessFile(cluster, facts, major, findings);
    String hba = access.hba();
    String ident = access.ident();
    String override = "# Written by Howdah; changes are lost.\n" + ConfText.lines(overrides);
    String filesHash = sha256(custom + "\0" + override + "\0" + hba + "\0" + ident);
    return new ServerConfiguration(
        parameters,
        overrides,
        custom.toString(),
        override + ConfText.line(FILES_HASH, filesHash),
        hba,
        ident,
        configHash,
        filesHash,
        findings);
  }

  private static Optional<Finding> socketPath(ServerFacts facts) {
    int length = (facts.paths().socketDirectory() + "/.s.PGSQL.5432").length();
    return length <= ServerPaths.SOCKET_PATH_MAX
        ? Optional.empty()
        : Optional.of(
            new Finding(
                Finding.Kind.REFUSED,
                "HOWDAH_ROOT",
                "the path of the server's socket in %s is %d bytes too long for the system; use a shorter --home"
                    .formatted(
                        facts.paths().socketDirectory(), length - ServerPaths.SOCKET_PATH_MAX)));
  }

  /// File name to content, for all files that are written as a whole.
  public Map<String, String> files() {
    var files = new TreeMap<String, String>();
    files.put(CUSTOM_CONF, customConf);
    files.put(OVERRIDE_CONF, overrideConf);
    files.put(HBA_CONF, hba);
    files.put(IDENT_CONF, ident);
    return files;
  }

  /// Options that every start passes on the command line, where neither files nor `ALTER SYSTEM`
  /// reach.
  public List<String> commandLine() {
    var options = new ArrayList<String>();
    for (String floor : List.of("data_sync_retry=off", "restart_after_crash=off")) {
      options.add("-c");
      options.add(floor);
    }
    return options;
  }

  static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() { // pg_hba.conf may hold a password
    return "ServerConfiguration[" + filesHash + ", " + findings.size() + " findings]";
  }
}
