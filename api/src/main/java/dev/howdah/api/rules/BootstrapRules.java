// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.catalog.ImageResolution;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/// Rules of how a Cluster comes to its first data, other than by recovery.
final class BootstrapRules {
  private static final int LONGEST_IDENTIFIER = 63;
  private static final int LARGEST_SEGMENT = 1024;

  private BootstrapRules() {}

  static void check(Place cluster, Findings findings) {
    Place spec = cluster.at("spec");
    Place bootstrap = spec.at("bootstrap");
    List<String> methods =
        List.of("initdb", "recovery", "pg_basebackup").stream()
            .filter(method -> bootstrap.at(method).present())
            .toList();
    if (methods.size() > 1) {
      findings.forbidden(
          bootstrap, String.join(" and ", methods) + " exclude each other", "keep one of them");
    }
    for (String method : methods) {
      databaseAndOwner(bootstrap.at(method), findings);
    }
    initdb(cluster, bootstrap.at("initdb"), findings);
    Place source = bootstrap.at("pg_basebackup", "source");
    if (bootstrap.at("pg_basebackup").present()) {
      ExternalClusterRules.mustExist(spec, source, findings);
      ExternalClusterRules.mustNotBeSelf(cluster, source, findings);
    }
  }

  private static void databaseAndOwner(Place method, Findings findings) {
    Place database = method.at("database");
    Place owner = method.at("owner");
    if (database.filled() != owner.filled()) {
      findings.required(
          database.filled() ? owner : database,
          "database and owner belong together",
          "write both, or neither");
    }
    if (Set.of("template0", "template1").contains(database.text())) {
      findings.invalid(
          database, "the templates belong to PostgreSQL", "choose another name, such as app");
    }
    identifier(database, findings);
    identifier(owner, findings);
    if (owner.text().equals("streaming_replica")
        || owner.text().startsWith("pg_")
        || owner.text().startsWith("cnpg_")) {
      findings.invalid(owner, "reserved", "choose another name, such as app");
    }
  }

  /// A name of PostgreSQL: anything but too long, or with characters that can't be.
  static void identifier(Place name, Findings findings) {
    byte[] bytes = name.text().getBytes(java.nio.charset.StandardCharsets.UTF_8);
    if (bytes.length > LONGEST_IDENTIFIER) {
      findings.invalid(name, "longer than 63 bytes, which PostgreSQL would cut", "shorten it");
    }
    if (name.text().indexOf('\0') >= 0) {
      findings.invalid(name, "holds a NUL byte", "remove it");
    }
  }

  private static void initdb(Place cluster, Place initdb, Findings findings) {
    if (!initdb.present()) {
      return;
    }
    Place segment = initdb.at("walSegmentSize");
    long size = segment.number(0);
    if (segment.present() && (size < 1 || size > LARGEST_SEGMENT || Long.bitCount(size) != 1)) {
      findings.invalid(segment, "not a power of two from 1 to 1024", "write 16, 32 or 64");
    }
    locales(initdb, ImageResolution.majorOf(cluster.node()), findings);
    for (String references :
        List.of("postInitSQLRefs", "postInitApplicationSQLRefs", "postInitTemplateSQLRefs")) {
      for (String kind : List.of("secretRefs", "configMapRefs")) {
        for (Place item : initdb.at(references, kind).items()) {
          if (!item.at("name").filled() || !item.at("key").filled()) {
            findings.required(item, "name or key is missing", "write both");
          }
        }
      }
    }
    if (!initdb.at("options").items().isEmpty()) {
      findings.warn(
          initdb.at("options"),
          "deprecated, and every other field about initdb's arguments is ignored with it",
          "use dataChecksums, encoding, locale and so on");
    }
    importing(cluster, initdb.at("import"), findings);
  }

  /// Which locales go with which provider, and which provider with which major.
  static void locales(Place place, OptionalInt major, Findings findings) {
    Place provider = place.at("localeProvider");
    needsProvider(place.at("builtinLocale"), provider, "builtin", findings);
    needsProvider(place.at("icuLocale"), provider, "icu", findings);
    needsProvider(place.at("icuRules"), provider, "icu", findings);
    if (provider.filled() && !Set.of("libc", "icu", "builtin").contains(provider.text())) {
      findings.notSupported(provider, "no provider of locales", "write libc, icu or builtin");
    }
    since(provider, 15, major, findings);
    since(place.at("icuRules"), 16, major, findings);
    since(place.at("builtinLocale"), 17, major, findings);
  }

  private static void needsProvider(Place field, Place provider, String wanted, Findings findings) {
    if (field.filled() && !provider.text().equals(wanted)) {
      findings.invalid(field, "needs localeProvider: " + wanted, "set it, or remove this field");
    }
  }

  private static void since(Place field, int since, OptionalInt major, Findings findings) {
    if (field.filled() && major.isPresent() && major.getAsInt() < since) {
      findings.invalid(
          field,
          "PostgreSQL %d has no such choice".formatted(major.getAsInt()),
          "use %d or newer, or remove the field".formatted(since));
    }
  }

  private static void importing(Place cluster, Place copy, Findings findings) {
    if (!copy.present()) {
      return;
    }
    Place source = copy.at("source", "externalCluster");
    ExternalClusterRules.mustExist(cluster.at("spec"), source, findings);
    ExternalClusterRules.mustNotBeSelf(cluster, source, findings);
    Place databases = copy.at("databases");
    Place roles = copy.at("roles");
    switch (copy.at("type").text()) {
      case "microservice" -> {
        if (databases.items().size() != 1) {
          findings.invalid(databases, "type microservice copies exactly one", "name one database");
        } else if (databases.texts().contains("*")) {
          findings.invalid(
              databases.items().getFirst(),
              "type microservice copies exactly one",
              "name it, or use type monolith");
        }
        if (!roles.items().isEmpty()) {
          findings.forbidden(
              roles, "type microservice copies no roles", "remove them, or use type monolith");
        }
      }
      case "monolith" -> {
        if (databases.items().isEmpty()) {
          findings.required(databases, "empty", "name the databases to copy, or \"*\" for all");
        }
        starAlone(databases, findings);
        starAlone(roles, findings);
        if (!copy.at("postImportApplicationSQL").items().isEmpty()) {
          findings.forbidden(
              copy.at("postImportApplicationSQL"),
              "for type microservice only, as there is no application database otherwise",
              "remove it");
        }
      }
      default ->
          findings.notSupported(
              copy.at("type"), "no type of import", "write microservice or monolith");
    }
  }

  private static void starAlone(Place names, Findings findings) {
    if (names.items().size() > 1 && names.texts().contains("*")) {
      findings.invalid(names, "\"*\" is all of them already", "remove the other names");
    }
  }
}
