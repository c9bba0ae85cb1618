// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;
import dev.howdah.postgres.config.CopyLibraries;
import dev.howdah.postgres.config.JobConfiguration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A Cluster of one instance that is recovered from another Cluster's archive and archives nothing
/// itself. It belongs to the object that it is made for, and goes with it.
final class TemporaryCluster {
  /// On a temporary Cluster: kind and name of the object that it is made for.
  static final String LABEL = "howdah.dev/temporary-for";

  /// On a temporary Cluster: the source's preloaded libraries that it doesn't load.
  static final String NOT_PRELOADED = "howdah.dev/not-preloaded";

  private static final String PRELOADED = "shared_preload_libraries";

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("MMddHHmmss").withZone(ZoneOffset.UTC);
  private static final int LONGEST_PART = 23;
  private static final int UID_PART = 6;
  private static final String SOURCE = "source";
  private static final List<String> COPIED =
      List.of(
          "imageCatalogRef",
          "imagePullPolicy",
          "imagePullSecrets",
          "postgresUID",
          "postgresGID",
          "walStorage",
          "tablespaces",
          "resources",
          "affinity",
          "schedulerName",
          "priorityClassName",
          "topologySpreadConstraints",
          "podSecurityContext",
          "env",
          "envFrom");

  private TemporaryCluster() {}

  /// A name that no earlier one of the same object had, and none of another object has.
  static String name(String prefix, JsonNode owner, Instant now) {
    String part = first(Json.name(owner).replaceAll("[^-a-z0-9]", "-"), LONGEST_PART);
    String uid = first(Json.uid(owner).replaceAll("[^a-z0-9]", ""), UID_PART);
    return "%s-%s-%s-%s".formatted(prefix, part, uid, STAMP.format(now));
  }

  private static String first(String text, int length) {
    return text.length() > length ? text.substring(0, length) : text;
  }

  /// Whether a Cluster was made for this object, whatever its name says.
  static boolean isFor(JsonNode owner, JsonNode cluster) {
    JsonNode metadata = cluster.path("metadata");
    boolean owned = false;
    for (JsonNode reference : metadata.path("ownerReferences")) {
      owned |= reference.path("uid").asText("").equals(Json.uid(owner));
    }
    return owned && metadata.path("labels").path(LABEL).asText("").equals(label(owner));
  }

  /// What all of an object's temporary Clusters are found by.
  static String label(JsonNode owner) {
    String text = owner.path("kind").asText("") + "." + Json.name(owner);
    return text.length() <= 63 ? text : Json.uid(owner);
  }

  /// Why a Cluster can't be recovered from its own archive; empty if it can.
  static Optional<String> impossible(JsonNode cluster) {
    return archive(cluster).isPresent()
        ? Optional.empty()
        : Optional.of(
            "Cluster %s has no archive to restore from: add spec.backup.barmanObjectStore, or a plugin with isWALArchiver"
                .formatted(Json.name(cluster)));
  }

  /// The entry of `externalClusters` that stands for a Cluster's own archive.
  private static Optional<ObjectNode> archive(JsonNode cluster) {
    JsonNode store = cluster.path("spec").path("backup").path("barmanObjectStore");
    if (store instanceof ObjectNode own) {
      ObjectNode copy = own.deepCopy();
      if (copy.path("serverName").asText("").isEmpty()) {
        copy.put("serverName", Json.name(cluster));
      }
      return Optional.of(Tree.map("name", SOURCE, "barmanObjectStore", copy));
    }
    for (JsonNode plugin : cluster.path("spec").path("plugins")) {
      boolean archives = plugin.path("isWALArchiver").asBoolean(false);
      if (archives && plugin.path("enabled").asBoolean(true)) {
        ObjectNode parameters = Json.object();
        plugin
            .path("parameters")
            .properties()
            .forEach(p -> parameters.set(p.getKey(), p.getValue()));
        if (parameters.path("serverName").asText("").isEmpty()) {
          parameters.put("serverName", Json.name(cluster));
        }
        return Optional.of(
            Tree.map(
                "name",
                SOURCE,
                "plugin",
                Tree.map("name", plugin.path("name").asText(""), "parameters", parameters)));
      }
    }
    return Optional.empty();
  }

  /// The manifest.
  ///
  /// @param owner the object that it is made for, with apiVersion and kind
  /// @param target `recoveryTarget`; missing for the end of the archive
  /// @param storage missing for that of the source
  static ObjectNode manifest(
      Resource kind,
      ObjectNode owner,
      String name,
      JsonNode source,
      JsonNode target,
      JsonNode storage) {
    ObjectNode cluster = Json.object(Resource.CLUSTERS, Json.namespace(owner), name);
    cluster.withObject("/metadata/labels").put(LABEL, label(owner));
    cluster
        .withObject("/metadata")
        .putArray("ownerReferences")
        .add(
            Tree.map(
                "apiVersion", kind.apiVersion(),
                "kind", kind.kind(),
                "name", Json.name(owner),
                "uid", Json.uid(owner),
                "controller", true));
    String keys = Json.annotation(source, Annotations.BACKUP_ENCRYPTION);
    if (!keys.isEmpty()) {
      cluster.withObject("/metadata/annotations").put(Annotations.BACKUP_ENCRYPTION, keys);
    }
    JsonNode from = source.path("spec");
    ObjectNode spec = cluster.putObject("spec");
    spec.put("instances", 1);
    for (String field : COPIED) {
      if (from.has(field)) {
        spec.set(field, from.get(field));
      }
    }
    String image = source.path("status").path("image").asText(from.path("imageName").asText(""));
    if (!image.isEmpty() && !spec.has("imageCatalogRef")) {
      spec.put("imageName", image);
    }
    spec.set("storage", storage.isObject() ? storage : from.path("storage"));
    ObjectNode postgresql = spec.putObject("postgresql");
    for (String field : List.of("parameters", PRELOADED, "extensions")) {
      if (from.path("postgresql").has(field)) {
        postgresql.set(field, from.path("postgresql").get(field).deepCopy());
      }
    }
    List<String> leftOut = quiet(postgresql, source);
    if (!leftOut.isEmpty()) {
      cluster.withObject("/metadata/annotations").put(NOT_PRELOADED, String.join(",", leftOut));
    }
    ObjectNode recovery = spec.putObject("bootstrap").putObject("recovery");
    recovery.put("source", SOURCE);
    if (target.isObject()) {
      recovery.set("recoveryTarget", target);
    }
    var external = spec.putArray("externalClusters");
    archive(source).ifPresent(external::add);
    return cluster;
  }

  /// What runs by itself in the source must not run a second time here; the recovery job sees to it
  /// that no `ALTER SYSTEM` of the source overrules these parameters.
  ///
  /// @return the libraries that are not loaded
  private static List<String> quiet(ObjectNode postgresql, JsonNode source) {
    var libraries = new ArrayList<String>();
    postgresql.path(PRELOADED).forEach(name -> libraries.add(name.asText("")));
    String allowed = Json.annotation(source, Annotations.PRELOAD_IN_COPIES);
    List<String> leftOut =
        CopyLibraries.leftOut(libraries, List.of(allowed.strip().split("[\\s,]+")));
    libraries.removeAll(leftOut);
    if (!leftOut.isEmpty()) {
      ArrayNode kept = postgresql.putArray(PRELOADED);
      libraries.forEach(kept::add);
    }
    ObjectNode parameters = postgresql.withObject("/parameters");
    JobConfiguration.quiet(libraries).forEach(parameters::put);
    return leftOut;
  }
}
