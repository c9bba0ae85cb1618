// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import dev.howdah.postgres.config.ClusterSettings.ExtensionSettings;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Merges defaults, the user's parameters and what Howdah decides into the parameters of
/// `custom.conf`.
final class ParameterMerge {
  /// Extensions whose library is preloaded as soon as one of their parameters is set.
  static final List<String> MANAGED =
      List.of("pgaudit", "pg_stat_statements", "auto_explain", "pg_failover_slots");

  private static final List<String> LIBRARY_LISTS =
      List.of("local_preload_libraries", "session_preload_libraries");

  private static final String PARAMETERS = "spec.postgresql.parameters.";

  private final ClusterSettings cluster;
  private final int major;
  private final ServerFacts facts;
  private final List<Finding> findings;
  private final ParameterTable table;
  private final SortedMap<String, String> user;
  private final SortedMap<String, String> shared;
  private final SortedMap<String, String> parameters;

  ParameterMerge(ClusterSettings cluster, int major, ServerFacts facts, List<Finding> findings) {
    this.cluster = cluster;
    this.major = major;
    this.facts = facts;
    this.findings = findings;
    this.table = ParameterTable.of(major);
    this.user = userParameters();
    this.shared = merged(ServerPaths.container(), "*");
    this.parameters = merged(facts.paths(), facts.listenAddresses());
    raiseToMinimums();
  }

  /// What all instances of the Cluster share, with the paths of a container.
  SortedMap<String, String> shared() {
    return shared;
  }

  /// What this instance gets.
  SortedMap<String, String> parameters() {
    return parameters;
  }

  static String managerCommand(ServerPaths paths, String command) {
    return shellWord(paths.manager().toString())
        + " "
        + command
        + " --log-destination "
        + shellWord(paths.logDirectory() + "/postgres.json");
  }

  /// A word for the shell that also survives PostgreSQL's own `%` placeholders.
  static String shellWord(String word) {
    String percent = word.replace("%", "%%");
    return percent.matches("[A-Za-z0-9_./:@%+,=-]+")
        ? percent
        : "'" + percent.replace("'", "'\\''") + "'";
  }

  private SortedMap<String, String> userParameters() {
    var accepted = new TreeMap<String, String>();
    cluster
        .postgres()
        .parameters()
        .forEach((name, value) -> {
          Optional<String> problem = problemWith(name, value);
          if (problem.isPresent()) {
            refuse(name, problem.get());
            return;
          }
          String key = table.find(name).map(Parameter::name).orElse(ParameterTable.key(name));
          if (accepted.containsKey(key)) {
            refuse(name, "sets " + key + " a second time; keep one of the two");
          } else if (!FixedParameters.isFixed(name)) {
            accepted.put(key, value);
          }
        });
    new CrossChecks(cluster, table, accepted, findings).apply();
    LIBRARY_LISTS.forEach(list -> dropMissingLibraries(accepted, list));
    return accepted;
  }

  private Optional<String> problemWith(String name, String value) {
    if (FixedParameters.isFixed(name)) {
      String own = FixedParameters.defaultValues().get(ParameterTable.key(name));
      return value.equals(own)
          ? Optional.empty()
          : Optional.of("is decided by Howdah and cannot be set; remove it");
    }
    Map<String, String> refused = facts.machine().refused();
    String words = refused == null ? null : refused.get(ParameterTable.key(name));
    if (words != null) {
      return Optional.of("is not taken by PostgreSQL here: " + words + "; it is left out");
    }
    if (!ConfText.isName(name)) {
      return Optional.of("is no name that postgresql.conf can hold");
    }
    if (!ConfText.isWritable(value) || value.getBytes(StandardCharsets.UTF_8).length > 60_000) {
      return Optional.of("has a value that PostgreSQL cannot store");
    }
    Optional<Parameter> parameter = table.find(name);
    if (parameter.isEmpty()) { // minor versions bring new ones, and take them to older majors
      return name.contains(".") || !table.isExact() || refused != null
          ? Optional.empty()
          : Optional.of("is not known to PostgreSQL " + major + "; remove it or correct its name");
    }
    if (parameter.get().changeClass() == ParameterClass.FIXED) {
      return Optional.of("only reports a fact and cannot be set; remove it");
    }
    return parameter.get().problemWith(value).map(problem -> "\"" + value + "\" " + problem);
  }

  private void refuse(String name, String message) {
    findings.add(new Finding(Finding.Kind.REFUSED, PARAMETERS + name, message));
  }

  private SortedMap<String, String> merged(ServerPaths paths, String listen) {
    var map = new TreeMap<>(FixedParameters.defaultValues());
    map.keySet().removeIf(Predicate.not(this::isKnown));
    map.put("wal_retrieve_retry_interval", "500ms");
    map.put("lc_messages", "C"); // which the instance manager understands, whatever initdb found
    map.putAll(user);
    map.put("archive_command", managerCommand(paths, "wal-archive") + " %p");
    map.put("archive_mode", archiveMode());
    map.put("cluster_name", cluster.name());
    map.put("data_sync_retry", "off");
    map.put("hot_standby", "on");
    map.put("listen_addresses", listen);
    map.put("log_directory", paths.logDirectory().toString());
    map.put("port", "5432");
    map.put("restart_after_crash", "off");
    map.put("ssl", "on");
    map.put("ssl_ca_file", paths.certificate("client-ca.crt"));
    map.put("ssl_cert_file", paths.certificate("server.crt"));
    map.put("ssl_key_file", paths.certificate("server.key"));
    map.put("unix_socket_directories", ConfText.listElement(paths.socketDirectory().toString()));
    if (isKnown("allow_alter_system")) {
      map.put("allow_alter_system", cluster.postgres().alterSystem() ? "on" : "off");
    }
    List<String> temporary = cluster.temporaryTablespaces();
    if (!temporary.isEmpty()) {
      map.put(
          "temp_tablespaces",
          String.join(",", temporary.stream().map(ConfText::identifier).toList()));
    }
    map.put("shared_preload_libraries", preload());
    addStandbySlots(map);
    addExtensionPaths(map, paths);
    return map;
  }

  private boolean isKnown(String name) {
    return table.find(name).isPresent();
  }

  private String archiveMode() {
    if (!cluster.walArchiving()) {
      return "off";
    }
    return cluster.replica().enabled() ? "always" : "on";
  }

  private String preload() {
    var libraries = new LinkedHashSet<>(cluster.postgres().sharedPreloadLibraries());
    for (String extension : MANAGED) {
      if (cluster.postgres().uses(extension)) {
        libraries.add(extension);
      }
    }
    libraries.removeIf(String::isBlank);
    libraries.removeIf(this::isMissing);
    return String.join(",", libraries.stream().map(ConfText::listElement).toList());
  }

  private boolean isMissing(String library) {
    Set<String> installed = facts.machine().libraries();
    String simple = library.startsWith("$libdir/") ? library.substring(8) : library;
    boolean missing =
        !ConfText.isWritable(library)
            || (installed != null
                && simple.indexOf('/') < 0
                && cluster.postgres().extensions().isEmpty()
                && !installed.contains(
                    simple.endsWith(".so") ? simple.substring(0, simple.length() - 3) : simple));
    if (missing) {
      var finding =
          new Finding(
              Finding.Kind.REFUSED,
              "spec.postgresql.shared_preload_libraries",
              "the library \"%s\" is not installed for PostgreSQL %d and is not loaded; install %s"
                  .formatted(library, major, packageOf(simple)));
      if (!findings.contains(finding)) {
        findings.add(finding);
      }
    }
    return missing;
  }

  private String packageOf(String library) {
    return switch (library) {
      case "pgaudit" -> "the package postgresql-" + major + "-pgaudit";
      case "pg_failover_slots" -> "the package postgresql-" + major + "-pg-failover-slots";
      case "pg_stat_statements", "auto_explain" -> "the package postgresql-" + major;
      default -> "the package that brings it";
    };
  }

  /// A library that cannot be loaded would refuse every session, ours included.
  private void dropMissingLibraries(SortedMap<String, String> accepted, String list) {
    Set<String> installed = facts.machine().libraries();
    String value = accepted.get(list);
    if (installed == null || value == null) {
      return;
    }
    for (String entry : value.split(",", -1)) {
      String name = entry.strip().replace("\"", "");
      String simple = name.substring(name.lastIndexOf('/') + 1);
      boolean plugin = list.startsWith("local");
      if (!name.isEmpty()
          && (plugin || !name.startsWith("/"))
          && !installed.contains(plugin ? "plugins/" + simple : simple)) {
        accepted.remove(list);
        refuse(list, "names the library \"" + name + "\", which is not installed");
        return;
      }
    }
  }

  private void addStandbySlots(SortedMap<String, String> map) {
    if (!cluster.slots().highAvailability()) {
      return;
    }
    String primary = cluster.status().currentPrimary();
    String slots =
        String.join(
            ",",
            cluster.status().instanceNames().stream()
                .filter(name -> !name.equals(primary))
                .sorted()
                .map(cluster.slots()::slotOf)
                .toList());
    boolean sync = Parameter.bool(map.getOrDefault("sync_replication_slots", "off")).orElse(false);
    if (isKnown("synchronized_standby_slots") && sync && cluster.slots().logicalDecoding()) {
      map.put("synchronized_standby_slots", slots);
    }
    if (cluster.postgres().uses("pg_failover_slots")) {
      map.put("pg_failover_slots.standby_slot_names", slots);
    }
  }

  private void addExtensionPaths(SortedMap<String, String> map, ServerPaths paths) {
    if (cluster.postgres().extensions().isEmpty()) {
      return;
    }
    var control = new ArrayList<>(List.of("$system"));
    var library = new ArrayList<>(List.of("$libdir"));
    for (ExtensionSettings extension : cluster.postgres().extensions()) {
      String folder = paths.extension(extension.name()).toString();
      extension.controlPath().forEach(path -> control.add(folder + "/" + path));
      extension.libraryPath().forEach(path -> library.add(folder + "/" + path));
    }
    if (isKnown("extension_control_path")) {
      map.merge("extension_control_path", String.join(":", control), (a, b) -> b + ":" + a);
    }
    map.merge("dynamic_library_path", String.join(":", library), (a, b) -> b + ":" + a);
  }

  /// A standby with less than the primary had pauses its recovery: it waits with the larger value
  /// until WAL tells it that the primary has come down.
  private void raiseToMinimums() {
    for (Map.Entry<String, Integer> minimum : facts.replication().minimums().entrySet()) {
      if (!FixedParameters.isHotStandbySensitive(minimum.getKey())) {
        continue;
      }
      Optional<Parameter> parameter = table.find(minimum.getKey());
      String value = parameters.get(minimum.getKey());
      BigDecimal floor = BigDecimal.valueOf(minimum.getValue());
      BigDecimal now =
          value == null || parameter.isEmpty()
              ? builtIn(minimum.getKey())
              : parameter.get().number(value).orElse(BigDecimal.ZERO);
      if (now.compareTo(floor) < 0) {
        parameters.put(minimum.getKey(), minimum.getValue().toString());
      }
    }
  }

  static BigDecimal builtIn(String name) {
    return BigDecimal.valueOf(
        switch (name) {
          case "max_connections" -> 100;
          case "max_wal_senders" -> 10;
          case "max_worker_processes" -> 8;
          case "max_locks_per_transaction" -> 64;
          default -> 0;
        });
  }
}
