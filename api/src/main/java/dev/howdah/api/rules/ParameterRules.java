// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.catalog.ImageResolution;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Rules of PostgreSQL's settings.
final class ParameterRules {
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z_][A-Za-z0-9_$]*(?:\\.[A-Za-z_][A-Za-z0-9_$]*)?");
  private static final Pattern BACK_AND_AROUND =
      Pattern.compile("\\\\[1-9k]|\\(\\?(?:[=!>]|<[=!])");
  private static final long MEGABYTE = 1 << 20;
  private static final long PAGE = 8192;
  private static final int FAILOVER_SLOTS = 17;
  private static final Set<String> ARCHIVE_MODES = Set.of("on", "always");
  private static final Set<String> COUNTS =
      Set.of(
          "max_connections",
          "max_wal_senders",
          "max_worker_processes",
          "max_replication_slots",
          "max_prepared_transactions",
          "max_locks_per_transaction",
          "superuser_reserved_connections");

  private ParameterRules() {}

  static void check(Place cluster, Findings findings) {
    Place spec = cluster.at("spec");
    Place parameters = spec.at("postgresql", "parameters");
    for (String name : parameters.keys()) {
      one(cluster, name, parameters.entry(name), findings);
    }
    walLevel(cluster, parameters, findings);
    Place buffers = parameters.entry("shared_buffers");
    if (buffers.present()) {
      if (PostgresParameters.size(buffers.text(), PAGE).isEmpty()) {
        badSize(buffers, findings);
      } else if (buffers.text().matches("\\s*[0-9]+\\s*")) {
        findings.warn(
            buffers, "without a unit, PostgreSQL counts pages of 8 kB", "write it as 256MB or 8GB");
      }
    }
    for (String name : List.of("hot_standby_feedback", "sync_replication_slots", "wal_log_hints")) {
      Place value = parameters.entry(name);
      if (value.present() && PostgresParameters.truth(value.text()).isEmpty()) {
        findings.invalid(value, "neither on nor off", "write \"on\" or \"off\"");
      }
    }
    if (isOff(parameters.entry("wal_log_hints")) && spec.at("instances").number(1) > 1) {
      findings.invalid(
          parameters.entry("wal_log_hints"),
          "an old primary can't be rewound to a new one without it",
          "write \"on\", or remove it");
    }
    walSizes(spec, parameters, findings);
    logicalSlots(cluster, parameters, findings);
    excludePatterns(
        spec.at("replicationSlots", "synchronizeReplicas", "excludePatterns"), findings);
    libraries(spec.at("postgresql", "shared_preload_libraries"), findings);
    unwise(parameters, findings);
  }

  private static void one(Place cluster, String name, Place value, Findings findings) {
    if (!NAME.matcher(name).matches()) {
      findings.invalid(
          value, "no name of a setting", "write letters, digits and '_', with one '.' at most");
      return;
    }
    if (value.text().chars().anyMatch(c -> Character.isISOControl(c) && c != '\t')) {
      findings.invalid(value, "holds a line break or another control character", "remove it");
    }
    if (PostgresParameters.NOT_YOURS.contains(name) && !sameAsOurs(cluster, name, value.text())) {
      findings.invalid(
          value,
          "Howdah sets " + name + " itself",
          PostgresParameters.INSTEAD.getOrDefault(name, "remove it"));
    }
    if (COUNTS.contains(name)) {
      boolean zeroMakesSense =
          !name.equals("max_connections") && !name.equals("max_locks_per_transaction");
      boolean good =
          value.text().matches("\\s*[0-9]{1,9}\\s*")
              && (zeroMakesSense || Long.parseLong(value.text().strip()) > 0);
      if (!good) {
        findings.invalid(value, "not a number that it can be", "write a whole number such as 100");
      }
    }
  }

  /// A value that is the operator's own anyway; defaulting has written some of them.
  private static boolean sameAsOurs(Place cluster, String name, String value) {
    if (name.equals("archive_mode")) {
      return ARCHIVE_MODES.contains(value)
          || PostgresParameters.archiveMode(cluster.node()).equals(value);
    }
    return value.equals(PostgresParameters.STANDARD.get(name));
  }

  private static void walLevel(Place cluster, Place parameters, Findings findings) {
    Place level = parameters.entry("wal_level");
    if (!level.present()) {
      return;
    }
    switch (level.text()) {
      case "replica", "logical" -> {}
      case "minimal" -> {
        boolean archiving = !PostgresParameters.archiveMode(cluster.node()).equals("off");
        boolean several = cluster.at("spec", "instances").number(1) > 1;
        if (several || archiving || Replica.isReplica(cluster.node())) {
          findings.invalid(
              level,
              several
                  ? "standbys need more WAL than that"
                  : "archiving and replication need more WAL than that",
              "write replica or logical");
        }
        if (!parameters.entry("max_wal_senders").text().equals("0")) {
          findings.invalid(
              parameters.entry("max_wal_senders"),
              "wal_level minimal allows no senders of WAL",
              "write \"0\", or raise wal_level");
        }
      }
      default -> findings.notSupported(level, "no level of WAL", "write replica or logical");
    }
  }

  private static void badSize(Place place, Findings findings) {
    findings.invalid(place, "not a size", "write a number with kB, MB, GB or TB, such as 512MB");
  }

  private static void walSizes(Place spec, Place parameters, Findings findings) {
    Place min = parameters.entry("min_wal_size");
    Place max = parameters.entry("max_wal_size");
    OptionalLong least = walSize(min, 80 * MEGABYTE, findings);
    OptionalLong most = walSize(max, 1024 * MEGABYTE, findings);
    if (least.isPresent() && most.isPresent() && least.getAsLong() >= most.getAsLong()) {
      if (min.present() || max.present()) {
        findings.invalid(
            min.present() ? min : max,
            "min_wal_size isn't less than max_wal_size",
            "lower min_wal_size, or raise max_wal_size");
      }
    }
    Optional<BigDecimal> volume =
        spec.at("walStorage").present()
            ? StorageRules.size(spec.at("walStorage"))
            : Optional.empty();
    for (Place size : List.of(min, max)) {
      OptionalLong bytes = PostgresParameters.size(size.text(), MEGABYTE);
      if (volume.isPresent()
          && bytes.isPresent()
          && BigDecimal.valueOf(bytes.getAsLong()).compareTo(volume.get()) >= 0) {
        findings.invalid(
            size, "the volume of spec.walStorage is no bigger", "lower it, or enlarge the volume");
      }
    }
  }

  private static OptionalLong walSize(Place place, long standard, Findings findings) {
    if (!place.present()) {
      return OptionalLong.of(standard);
    }
    OptionalLong bytes = PostgresParameters.size(place.text(), MEGABYTE);
    if (bytes.isEmpty()) {
      badSize(place, findings);
    }
    return bytes;
  }

  private static void logicalSlots(Place cluster, Place parameters, Findings findings) {
    Place slots = cluster.at("spec", "replicationSlots");
    Place standbys = slots.at("highAvailability");
    boolean extension =
        parameters.keys().stream().anyMatch(name -> name.startsWith("pg_failover_slots."));
    int major = ImageResolution.majorOf(cluster.node()).orElse(FAILOVER_SLOTS);
    if (standbys.at("synchronizeLogicalDecoding").isTrue()) {
      if (major < FAILOVER_SLOTS && !extension) {
        findings.invalid(
            standbys.at("synchronizeLogicalDecoding"),
            "PostgreSQL %d can't do that by itself".formatted(major),
            "use 17 or newer, or the extension pg_failover_slots");
      }
      if (major >= FAILOVER_SLOTS) {
        mustBeOn(parameters.entry("hot_standby_feedback"), "synchronizeLogicalDecoding", findings);
        mustBeOn(
            parameters.entry("sync_replication_slots"), "synchronizeLogicalDecoding", findings);
      }
    }
    if (extension) {
      mustBeOn(parameters.entry("hot_standby_feedback"), "pg_failover_slots", findings);
      if (standbys.at("enabled").isFalse()) {
        findings.invalid(
            standbys.at("enabled"),
            "pg_failover_slots needs the slots that the primary keeps for each standby",
            "write true");
      }
    }
  }

  /// Patterns are matched in bounded time, which leaves out looking around and back.
  private static void excludePatterns(Place patterns, Findings findings) {
    for (Place place : patterns.items()) {
      try {
        Pattern.compile(place.text());
        if (BACK_AND_AROUND.matcher(place.text()).find()) {
          findings.invalid(
              place, "refers back or looks around, which can take for ever", "write it without");
        }
      } catch (PatternSyntaxException e) {
        findings.invalid(
            place, "no regular expression: " + e.getDescription(), "correct it, as ^temp_");
      }
    }
  }

  private static void mustBeOn(Place value, String whatFor, Findings findings) {
    if (!PostgresParameters.truth(value.text()).orElse(false)) {
      findings.invalid(value, "needed for " + whatFor, "write \"on\"");
    }
  }

  private static boolean isOff(Place value) {
    return !PostgresParameters.truth(value.text()).orElse(true);
  }

  private static void libraries(Place libraries, Findings findings) {
    for (Place library : libraries.items()) {
      if (!library.text().matches("[A-Za-z0-9_$][A-Za-z0-9_$.-]*")) {
        findings.invalid(library, "no name of a library", "write its name alone, without a folder");
      }
    }
  }

  private static void unwise(Place parameters, Findings findings) {
    for (String name : List.of("fsync", "full_page_writes")) {
      if (isOff(parameters.entry(name))) {
        findings.warn(
            parameters.entry(name),
            "a crash can then destroy the data",
            "write \"on\" wherever the data matters");
      }
    }
    if (parameters.entry("password_encryption").text().equals("md5")) {
      findings.warn(
          parameters.entry("password_encryption"),
          "md5 is weak, and PostgreSQL gives it up",
          "write scram-sha-256");
    }
  }
}
