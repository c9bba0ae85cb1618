// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.api.cluster.CertificatesConfiguration;
import dev.howdah.api.cluster.ClusterSpec;
import dev.howdah.api.cluster.MonitoringConfiguration;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.operator.tree.Tree;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which Secrets and ConfigMaps a Cluster uses, made by the operator or brought along.
public record SecretNames(
    String serverCa, String serverTls, String clientCa, String replication, String superuser) {

  /// The names that count for a Cluster.
  public static SecretNames of(Blueprint blueprint) {
    ClusterSpec spec = blueprint.spec();
    String cluster = blueprint.name();
    CertificatesConfiguration own = spec.certificates();
    String ca = ObjectNames.caSecret(cluster);
    return new SecretNames(
        own == null ? ca : or(own.serverCaSecret(), ca),
        own == null
            ? ObjectNames.serverSecret(cluster)
            : or(own.serverTlsSecret(), ObjectNames.serverSecret(cluster)),
        own == null ? ca : or(own.clientCaSecret(), ca),
        own == null
            ? ObjectNames.replicationSecret(cluster)
            : or(own.replicationTlsSecret(), ObjectNames.replicationSecret(cluster)),
        spec.superuserSecret() == null
            ? ObjectNames.superuserSecret(cluster)
            : or(spec.superuserSecret().name(), ObjectNames.superuserSecret(cluster)));
  }

  private static String or(@Nullable String given, String otherwise) {
    return given == null || given.isEmpty() ? otherwise : given;
  }

  /// The application's database, its owner and the Secret with the owner's password; empty where
  /// the bootstrap makes none.
  public static Optional<Application> application(Blueprint blueprint) {
    var bootstrap = blueprint.spec().bootstrap();
    String generated = ObjectNames.appSecret(blueprint.name());
    if (bootstrap == null) {
      return Optional.of(new Application("app", "app", generated, false));
    }
    if (bootstrap.initdb() != null) {
      var initdb = bootstrap.initdb();
      return application(initdb.database(), initdb.owner(), initdb.secret(), generated);
    }
    if (bootstrap.recovery() != null) {
      var recovery = bootstrap.recovery();
      return application(recovery.database(), recovery.owner(), recovery.secret(), generated);
    }
    if (bootstrap.pgBasebackup() != null) {
      var copy = bootstrap.pgBasebackup();
      return application(copy.database(), copy.owner(), copy.secret(), generated);
    }
    return Optional.empty();
  }

  /// The application's database.
  ///
  /// @param given whether the Secret was brought along
  public record Application(String database, String owner, String secret, boolean given) {}

  private static Optional<Application> application(
      @Nullable String database,
      @Nullable String owner,
      @Nullable LocalReference secret,
      String generated) {
    if (database == null || database.isEmpty()) {
      return Optional.empty();
    }
    String brought = secret == null ? "" : secret.name();
    boolean given = !brought.isEmpty();
    return Optional.of(
        new Application(database, or(owner, database), given ? brought : generated, given));
  }

  /// All Secrets that instances may read.
  ///
  /// @param further those of other objects that belong to the cluster
  public static Set<String> readable(Blueprint blueprint, Set<String> further) {
    var names = of(blueprint);
    var all = new TreeSet<>(further);
    all.addAll(List.of(names.serverCa, names.serverTls, names.clientCa, names.replication));
    all.add(names.superuser);
    all.add(
        application(blueprint)
            .map(Application::secret)
            .orElse(ObjectNames.appSecret(blueprint.name())));
    String keys = blueprint.cluster().annotations().getOrDefault(Annotations.BACKUP_ENCRYPTION, "");
    if (!keys.isBlank()) {
      all.add(keys.strip().split("/", 2)[0]);
    }
    JsonNode spec = Tree.of(blueprint.spec());
    if (spec != null) {
      collect(spec.path("backup").path("barmanObjectStore"), all);
      for (JsonNode external : spec.path("externalClusters")) {
        collect(external.path("barmanObjectStore"), all);
        for (String field : List.of("sslCert", "sslKey", "sslRootCert", "password")) {
          add(external.path(field).path("name"), all);
        }
      }
      add(
          spec.path("postgresql")
              .path("ldap")
              .path("bindSearchAuth")
              .path("bindPassword")
              .path("name"),
          all);
      add(
          spec.path("bootstrap").path("recovery").path("backup").path("endpointCA").path("name"),
          all);
      for (JsonNode role : spec.path("managed").path("roles")) {
        add(role.path("passwordSecret").path("name"), all);
      }
    }
    queries(blueprint.spec(), true, all);
    return all;
  }

  /// Those with queries: the default ones, which instances add themselves, and the Cluster's own.
  private static void queries(ClusterSpec spec, boolean secrets, Set<String> names) {
    MonitoringConfiguration monitoring = spec.monitoring();
    if (monitoring == null || !monitoring.disableDefaultQueries()) {
      names.add(ObjectNames.DEFAULT_MONITORING);
    }
    if (monitoring != null) {
      (secrets ? monitoring.customQueriesSecret() : monitoring.customQueriesConfigMap())
          .forEach(reference -> names.add(reference.name()));
    }
  }

  /// All ConfigMaps that instances may read.
  public static Set<String> configMaps(Blueprint blueprint) {
    var names = new TreeSet<String>();
    names.add(blueprint.name());
    queries(blueprint.spec(), false, names);
    return names;
  }

  private static void collect(JsonNode objectStore, Set<String> names) {
    for (String field : List.of("s3Credentials", "azureCredentials", "googleCredentials")) {
      for (JsonNode credential : objectStore.path(field)) {
        add(credential.path("name"), names);
      }
    }
    add(objectStore.path("endpointCA").path("name"), names);
  }

  private static void add(JsonNode name, Set<String> names) {
    if (!name.asText("").isEmpty()) {
      names.add(name.asText());
    }
  }
}
