// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import java.util.List;

/// Makes the CustomResourceDefinition of a kind.
final class CrdDocument {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private CrdDocument() {}

  /// A column of `kubectl get`.
  private record Column(String name, String path, String type, int priority) {
    static Column of(String name, String path) {
      return new Column(name, path, "string", 0);
    }
  }

  static ObjectNode of(Kind kind) {
    ObjectNode crd = NODES.objectNode();
    crd.put("apiVersion", "apiextensions.k8s.io/v1");
    crd.put("kind", "CustomResourceDefinition");
    crd.putObject("metadata").put("name", kind.plural() + "." + kind.group());
    ObjectNode spec = crd.putObject("spec");
    spec.put("group", kind.group());
    ObjectNode names = spec.putObject("names");
    names.putArray("categories").add("howdah");
    names.put("kind", kind.kind());
    names.put("listKind", kind.kind() + "List");
    names.put("plural", kind.plural());
    names.put("singular", kind.singular());
    spec.put("scope", kind.namespaced() ? "Namespaced" : "Cluster");
    ObjectNode version = spec.putArray("versions").addObject();
    version.put("name", kind.version());
    columns(version, kind);
    version.putObject("schema").set("openAPIV3Schema", schema(kind));
    version.put("served", true);
    version.put("storage", true);
    subresources(version, kind);
    return crd;
  }

  static ObjectNode schema(Kind kind) {
    ObjectNode schema = NODES.objectNode();
    schema.put("description", KindDescriptions.of(kind));
    schema.put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    properties
        .putObject("apiVersion")
        .put("description", "Group and version of this kind: " + kind.apiVersion() + ".")
        .put("type", "string");
    properties
        .putObject("kind")
        .put("description", "The kind: " + kind.kind() + ".")
        .put("type", "string");
    properties.putObject("metadata").put("type", "object");
    SchemaOfRecord records = new SchemaOfRecord();
    kind.spec()
        .ifPresent(type -> properties.set("spec", described("What is wanted.", records.of(type))));
    kind.status()
        .ifPresent(type ->
            properties.set(
                "status",
                described("What is; written by Howdah only.", withoutRules(records.of(type)))));
    var required = schema.putArray("required").add("metadata");
    if (kind.spec().isPresent()) {
      required.add("spec");
    }
    rules(schema, kind);
    return schema;
  }

  /// A status is written by Howdah alone: rules there would only cost time.
  private static ObjectNode withoutRules(ObjectNode schema) {
    schema
        .findParents("x-kubernetes-validations")
        .forEach(parent -> ((ObjectNode) parent).remove("x-kubernetes-validations"));
    return schema;
  }

  private static ObjectNode described(String text, ObjectNode schema) {
    ObjectNode described = NODES.objectNode().put("description", text);
    described.setAll(schema);
    return described;
  }

  private static void rules(ObjectNode schema, Kind kind) {
    for (Cel cel : KindDescriptions.rules(kind)) {
      schema
          .withArray("x-kubernetes-validations")
          .addObject()
          .put("rule", cel.value())
          .put("message", cel.message());
    }
  }

  private static void columns(ObjectNode version, Kind kind) {
    var list = version.putArray("additionalPrinterColumns");
    list.addObject()
        .put("jsonPath", ".metadata.creationTimestamp")
        .put("name", "Age")
        .put("type", "date");
    for (Column column : columnsOf(kind)) {
      ObjectNode node = list.addObject();
      node.put("jsonPath", column.path()).put("name", column.name());
      if (column.priority() > 0) {
        node.put("priority", column.priority());
      }
      node.put("type", column.type());
    }
  }

  private static List<Column> columnsOf(Kind kind) {
    Column cluster = Column.of("Cluster", ".spec.cluster.name");
    return switch (kind) {
      case CLUSTER ->
          List.of(
              new Column("Instances", ".status.instances", "integer", 0),
              new Column("Ready", ".status.readyInstances", "integer", 0),
              Column.of("Status", ".status.phase"),
              Column.of("Primary", ".status.currentPrimary"),
              new Column(
                  "SyncTopology",
                  ".status.conditions[?(@.type==\"SyncReplicationTopologySatisfied\")].reason",
                  "string",
                  1));
      case BACKUP ->
          List.of(
              cluster,
              Column.of("Method", ".spec.method"),
              Column.of("Phase", ".status.phase"),
              Column.of("Error", ".status.error"));
      case SCHEDULED_BACKUP ->
          List.of(cluster, new Column("Last Backup", ".status.lastScheduleTime", "date", 0));
      case POOLER ->
          List.of(cluster, Column.of("Type", ".spec.type"), Column.of("Phase", ".status.phase"));
      case DATABASE, DATABASE_ROLE, PUBLICATION, SUBSCRIPTION ->
          List.of(
              cluster,
              Column.of("PG Name", ".spec.name"),
              new Column("Applied", ".status.applied", "boolean", 0),
              Column.of("Message", ".status.message"));
      case RESTORE ->
          List.of(
              cluster,
              Column.of("Phase", ".status.phase"),
              Column.of("Message", ".status.message"));
      case DATABASE_RESTORE ->
          List.of(
              cluster,
              Column.of("Database", ".spec.database"),
              Column.of("Phase", ".status.phase"),
              Column.of("Message", ".status.message"));
      case RESTORE_DRILL ->
          List.of(
              cluster,
              Column.of("Phase", ".status.phase"),
              Column.of("Result", ".status.lastResult"),
              new Column("Last Success", ".status.lastSuccessTime", "date", 0),
              new Column("Next", ".status.nextScheduleTime", "string", 1));
      case IMAGE_CATALOG, CLUSTER_IMAGE_CATALOG, FAILOVER_QUORUM, OBJECT_STORE -> List.of();
    };
  }

  private static void subresources(ObjectNode version, Kind kind) {
    if (kind.status().isEmpty()) {
      return;
    }
    ObjectNode subresources = version.putObject("subresources");
    if (kind == Kind.CLUSTER || kind == Kind.POOLER) {
      ObjectNode scale = subresources.putObject("scale");
      if (kind == Kind.CLUSTER) {
        scale.put("labelSelectorPath", ".status.selector");
      }
      scale.put("specReplicasPath", ".spec.instances");
      scale.put("statusReplicasPath", ".status.instances");
    }
    subresources.putObject("status");
  }
}
