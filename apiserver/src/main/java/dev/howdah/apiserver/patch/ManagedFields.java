// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who owns which fields of an object: `metadata.managedFields`.
final class ManagedFields {
  /// How many updaters are told apart, as in kube-apiserver; the oldest are merged into one.
  private static final int MAX_UPDATERS = 10;

  /// What tells entries apart: for appliers not the version, so that they own the same fields
  /// whatever version they apply.
  record Id(String manager, boolean applies, String apiVersion, String subresource) {
    static Id apply(String manager, String subresource) {
      return new Id(manager, true, "", subresource);
    }

    /// As messages name it.
    String display() {
      var text = "\"" + manager + "\"";
      if (!subresource.isEmpty()) {
        text += " with subresource \"" + subresource + "\"";
      }
      return applies ? text : text + " using " + apiVersion;
    }
  }

  /// What one writer owns; `time` may be empty.
  record Owned(FieldSet fields, String apiVersion, String time) {
    Owned withFields(FieldSet changed) {
      return new Owned(changed, apiVersion, time);
    }
  }

  private final Map<Id, Owned> entries = new LinkedHashMap<>();

  /// Reads the list; entries that are malformed make all of it empty, as in kube-apiserver.
  static ManagedFields read(@Nullable JsonNode list) {
    var result = new ManagedFields();
    if (list == null) {
      return result;
    }
    for (var entry : list) {
      var operation = entry.path("operation").asText();
      var apiVersion = entry.path("apiVersion").asText();
      if (!operation.equals("Apply") && !operation.equals("Update")
          || apiVersion.isEmpty()
          || !entry.path("fieldsType").asText().equals("FieldsV1")) {
        return new ManagedFields();
      }
      var applies = operation.equals("Apply");
      result.entries.put(
          new Id(
              entry.path("manager").asText(),
              applies,
              applies ? "" : apiVersion,
              entry.path("subresource").asText()),
          new Owned(
              FieldSet.parse(entry.path("fieldsV1")), apiVersion, entry.path("time").asText()));
    }
    return result;
  }

  /// Writes the list, sorted as kube-apiserver does.
  ArrayNode write() {
    var list = JsonNodeFactory.instance.arrayNode();
    entries.entrySet().stream()
        .sorted(
            Comparator.<Map.Entry<Id, Owned>, Boolean>comparing(each -> !each.getKey().applies())
                .thenComparing(each -> each.getValue().time())
                .thenComparing(each -> each.getKey().manager())
                .thenComparing(each -> each.getValue().apiVersion())
                .thenComparing(each -> each.getKey().subresource()))
        .forEach(each -> list.add(write(each.getKey(), each.getValue())));
    return list;
  }

  private static ObjectNode write(Id id, Owned owned) {
    var entry =
        JsonNodeFactory.instance
            .objectNode()
            .put("manager", id.manager())
            .put("operation", id.applies() ? "Apply" : "Update")
            .put("apiVersion", owned.apiVersion());
    if (!owned.time().isEmpty()) {
      entry.put("time", owned.time());
    }
    entry.put("fieldsType", "FieldsV1").set("fieldsV1", owned.fields().toJson());
    if (!id.subresource().isEmpty()) {
      entry.put("subresource", id.subresource());
    }
    return entry;
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  @Nullable Owned get(Id id) {
    return entries.get(id);
  }

  /// Sets what a writer owns; nothing removes the entry.
  void put(Id id, Owned owned) {
    if (owned.fields().isEmpty()) {
      entries.remove(id);
    } else {
      entries.put(id, owned);
    }
  }

  Map<Id, Owned> entries() {
    return Map.copyOf(entries);
  }

  ManagedFields copy() {
    var copy = new ManagedFields();
    copy.entries.putAll(entries);
    return copy;
  }

  /// The fields that anyone owns.
  FieldSet all() {
    return entries.values().stream().map(Owned::fields).reduce(new FieldSet(), FieldSet::union);
  }

  /// Merges the oldest updaters of each version until few enough are left.
  void capUpdaters() {
    var updaters =
        entries.entrySet().stream()
            .filter(each -> !each.getKey().applies())
            .sorted(
                Comparator.<Map.Entry<Id, Owned>, String>comparing(each -> each.getValue().time())
                    .thenComparing(each -> each.getKey().manager()))
            .toList();
    var excess = updaters.size() - MAX_UPDATERS;
    var first = new HashMap<String, Map.Entry<Id, Owned>>();
    for (var updater : updaters) {
      if (excess <= 0) {
        break;
      }
      var version = updater.getValue().apiVersion();
      var oldest = first.putIfAbsent(version, updater);
      if (oldest != null) {
        var bucket = new Id("ancient-changes", false, version, "");
        entries.remove(oldest.getKey());
        entries.remove(updater.getKey());
        var known = entries.getOrDefault(bucket, oldest.getValue());
        entries.put(
            bucket,
            new Owned(
                known.fields().union(updater.getValue().fields()),
                version,
                updater.getValue().time()));
        excess--;
      }
    }
  }
}
