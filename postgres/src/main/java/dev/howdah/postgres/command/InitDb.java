// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What `initdb` is told: `spec.bootstrap.initdb` of a Cluster.
///
/// @param options raw flags, which replace all the others when there are any (deprecated in the
///   API)
/// @param dataChecksums null to leave it to PostgreSQL (on from 18)
/// @param walSegmentMegabytes 0 to leave it to PostgreSQL (16)
public record InitDb(
    List<String> options,
    @Nullable Boolean dataChecksums,
    String encoding,
    String localeCollate,
    String localeCType,
    String locale,
    String localeProvider,
    String icuLocale,
    String icuRules,
    String builtinLocale,
    int walSegmentMegabytes) {

  public InitDb {
    options = List.copyOf(options);
  }

  /// Reads `spec.bootstrap.initdb`; what is missing gets the API's defaults.
  public static InitDb fromJson(JsonNode initdb) {
    var options = new ArrayList<String>();
    initdb.path("options").forEach(option -> options.add(option.asText()));
    JsonNode checksums = initdb.path("dataChecksums");
    boolean locale = !initdb.path("locale").asText("").isEmpty();
    return new InitDb(
        options,
        checksums.isBoolean() ? checksums.asBoolean() : null,
        initdb.path("encoding").asText("UTF8"),
        initdb.path("localeCollate").asText(locale ? "" : "C"),
        initdb.path("localeCType").asText(locale ? "" : "C"),
        initdb.path("locale").asText(""),
        initdb.path("localeProvider").asText(""),
        initdb.path("icuLocale").asText(""),
        initdb.path("icuRules").asText(""),
        initdb.path("builtinLocale").asText(""),
        initdb.path("walSegmentSize").asInt(0));
  }

  /// The command line for PostgreSQL `major`.
  ///
  /// @param walDirectory where `pg_wal` is to be; null for inside the data directory
  List<String> arguments(Path dataDirectory, @Nullable Path walDirectory, int major) {
    var args = new ArrayList<String>();
    args.add("--username=postgres");
    args.add("--pgdata=" + dataDirectory);
    if (walDirectory != null) {
      args.add("--waldir=" + walDirectory);
    }
    args.add("--no-instructions");
    if (!options.isEmpty()) {
      args.addAll(options);
      return args;
    }
    if (Boolean.TRUE.equals(dataChecksums)) {
      args.add("--data-checksums");
    } else if (Boolean.FALSE.equals(dataChecksums) && major >= 18) {
      args.add("--no-data-checksums");
    }
    option(args, "--encoding=", encoding);
    option(args, "--locale=", locale);
    option(args, "--lc-collate=", localeCollate);
    option(args, "--lc-ctype=", localeCType);
    option(args, "--locale-provider=", localeProvider);
    option(args, "--icu-locale=", icuLocale);
    option(args, "--icu-rules=", icuRules);
    option(args, "--builtin-locale=", builtinLocale);
    if (walSegmentMegabytes > 0) {
      args.add("--wal-segsize=" + walSegmentMegabytes);
    }
    return args;
  }

  private static void option(List<String> args, String flag, String value) {
    if (!value.isEmpty()) {
      args.add(flag + value);
    }
  }
}
