// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.patch.ManagedFields.Id;
import dev.howdah.apiserver.patch.ManagedFields.Owned;
import dev.howdah.apiserver.schema.JsonValues;
import dev.howdah.apiserver.schema.Schema;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Server-side apply, and the tracking of who owns which field (`metadata.managedFields`).
///
/// Each writer owns the fields it set. Applying a field that another writer owns with another value
/// is a conflict; a field that its only owner no longer applies is removed. The algorithm is that
/// of the Kubernetes documentation ("Server-Side Apply"); answers were compared with
/// kube-apiserver's.
public final class ServerSideApply {
  private static final String BEFORE_FIRST_APPLY = "before-first-apply";

  /// Fields that nobody owns, since the server sets them.
  private static final FieldSet SYSTEM =
      FieldSet.of(
          List.of(
              "apiVersion",
              "kind",
              "metadata",
              "metadata.name",
              "metadata.namespace",
              "metadata.creationTimestamp",
              "metadata.selfLink",
              "metadata.uid",
              "metadata.clusterName",
              "metadata.generation",
              "metadata.managedFields",
              "metadata.resourceVersion"));

  private ServerSideApply() {}

  /// Who writes, in which version, through which subresource (empty for the object itself), when.
  /// `separateStatus` says whether `status` is written through its own subresource only, so that
  /// the writer owns nothing of it (or, through `status`, nothing of `spec`).
  public record Writer(
      String manager, String apiVersion, String subresource, boolean separateStatus, Instant time) {
    public Writer {
      manager = manager.isEmpty() ? "unknown" : manager;
    }

    private String stamp() {
      return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private Id applier() {
      return Id.apply(manager, subresource);
    }

    private Id updater() {
      return new Id(manager, false, apiVersion, subresource);
    }

    private FieldSet ignored() {
      if (subresource.equals("status")) {
        return FieldSet.of(List.of("spec"));
      }
      return FieldSet.of(separateStatus ? List.of("status") : List.of());
    }
  }

  /// Merges an applied configuration into the stored object (absent: it is created), and returns
  /// the result with its `managedFields`; neither argument is changed. The result equals `live`
  /// when nothing changed: then nothing is to be stored. Throws [PatchFailure] with 409 on
  /// conflicts, unless forced.
  public static ObjectNode apply(
      @Nullable ObjectNode live, ObjectNode applied, Schema schema, Writer writer, boolean force) {
    AppliedObject.check(applied, schema, writer.apiVersion());
    var existing = live == null ? empty(applied) : withoutManagedFields(live);
    var managers = ManagedFields.read(managedFieldsOf(live));
    if (live != null && managers.isEmpty()) {
      var all = Ownership.compare(empty(live), existing, schema).added().difference(SYSTEM);
      managers.put(
          new Id(BEFORE_FIRST_APPLY, false, writer.apiVersion(), ""),
          new Owned(all, writer.apiVersion(), writer.stamp()));
    }
    var operation = new Operation(existing, withoutNulls(applied), schema, writer);
    var outcome = operation.run(managers, force);
    var result = outcome.object();
    var lastApplied = LastApplied.of(result);
    if (writer.manager().equals("kubectl") && lastApplied != null) {
      LastApplied.set(result, applied);
    }
    setManagers(result, outcome.managers());
    return settle(live, result);
  }

  /// Returns the object that a create, update or patch (not apply) is to store, with
  /// `managedFields` that say what the writer changed; neither argument is changed.
  public static ObjectNode trackUpdate(
      @Nullable ObjectNode live, ObjectNode updated, Schema schema, Writer writer) {
    var managers = managersForUpdate(live, updated, writer);
    var result = withoutManagedFields(updated);
    if (managers.isEmpty() && live != null) {
      return result;
    }
    var before = live == null ? empty(updated) : withoutManagedFields(live);
    var difference = Ownership.compare(before, result, schema);
    var counted = difference.without(writer.ignored());
    var taken = counted.addedOrModified();
    for (var entry : managers.entries().entrySet()) {
      var owned = entry.getValue();
      var changed = entry.getKey().equals(writer.updater()) ? new FieldSet() : taken;
      managers.put(
          entry.getKey(),
          owned.withFields(owned.fields().difference(changed).difference(counted.removed())));
    }
    var own = taken.difference(SYSTEM);
    if (!own.isEmpty()) {
      var known = managers.get(writer.updater());
      managers.put(
          writer.updater(),
          new Owned(
              known == null ? own : known.fields().union(own),
              writer.apiVersion(),
              writer.stamp()));
    }
    managers.capUpdaters();
    setManagers(result, managers);
    return settle(live, result);
  }

  private static void setManagers(ObjectNode object, ManagedFields managers) {
    if (!managers.isEmpty()) {
      object.withObjectProperty("metadata").set("managedFields", managers.write());
    }
  }

  /// The entries to go on from: those in the request if it may and does carry some, else the stored
  /// ones.
  private static ManagedFields managersForUpdate(
      @Nullable ObjectNode live, ObjectNode updated, Writer writer) {
    var given = managedFieldsOf(updated);
    if (writer.subresource().isEmpty() && given instanceof ArrayNode list) {
      if (list.isEmpty() || (list.size() == 1 && list.get(0).isEmpty())) {
        return new ManagedFields();
      }
      var parsed = ManagedFields.read(list);
      if (!parsed.isEmpty()) {
        return parsed;
      }
    }
    return ManagedFields.read(managedFieldsOf(live));
  }

  private static @Nullable JsonNode managedFieldsOf(@Nullable ObjectNode object) {
    return object == null ? null : object.path("metadata").get("managedFields");
  }

  /// The stored object itself where nothing but times of ownership differ.
  private static ObjectNode settle(@Nullable ObjectNode live, ObjectNode result) {
    if (live == null) {
      return result;
    }
    var same =
        JsonValues.same(withoutManagedFields(live), withoutManagedFields(result))
            && JsonValues.same(timeless(live), timeless(result));
    return same ? live.deepCopy() : result;
  }

  private static JsonNode timeless(ObjectNode object) {
    var list = JsonNodeFactory.instance.arrayNode();
    var entries = new TreeMap<String, JsonNode>();
    for (var entry : object.path("metadata").path("managedFields")) {
      var copy = entry.deepCopy();
      if (copy instanceof ObjectNode fields) {
        fields.remove("time");
      }
      entries.put(copy.toString(), copy);
    }
    return list.addAll(entries.values());
  }

  private static ObjectNode empty(ObjectNode like) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("apiVersion", like.path("apiVersion").asText())
        .put("kind", like.path("kind").asText());
  }

  private static ObjectNode withoutManagedFields(ObjectNode object) {
    var copy = object.deepCopy();
    if (copy.get("metadata") instanceof ObjectNode metadata) {
      metadata.remove("managedFields");
    }
    return copy;
  }

  /// Clients write `creationTimestamp: null`, which is no wish to unset it.
  private static ObjectNode withoutNulls(ObjectNode applied) {
    var copy = applied.deepCopy();
    if (copy.get("metadata") instanceof ObjectNode metadata) {
      metadata.properties().removeIf(each -> each.getValue().isNull());
    }
    return copy;
  }

  /// What an apply leads to.
  private record Outcome(ObjectNode object, ManagedFields managers) {}

  /// One apply: the stored object without its managed fields, and what is applied to it.
  private record Operation(ObjectNode live, ObjectNode applied, Schema schema, Writer writer) {
    Outcome run(ManagedFields before, boolean force) {
      var managers = before.copy();
      var last = managers.get(writer.applier());
      var fields = Ownership.fieldsOf(applied, schema).without(writer.ignored());
      managers.put(writer.applier(), new Owned(fields, writer.apiVersion(), writer.stamp()));
      var merged = (ObjectNode) Ownership.merge(live, applied, schema);
      var result = last == null ? merged : prune(merged, managers, last.fields());
      AppliedObject.dropNulls(result, schema);

      var difference = Ownership.compare(live, result, schema).without(writer.ignored());
      takeOver(managers, difference, force || appliedBefore(managers, difference));
      stripSystemFields(managers);
      return new Outcome(result, managers);
    }

    /// Takes what changed from all others, or fails where they may not lose it.
    private void takeOver(ManagedFields managers, Ownership.Difference difference, boolean force) {
      var conflicts = force ? Map.<Id, FieldSet>of() : conflicts(managers, difference);
      if (!conflicts.isEmpty()) {
        throw Conflicts.failure(conflicts);
      }
      var changed = difference.addedOrModified().union(difference.removed());
      managers
          .entries()
          .forEach((id, owned) -> {
            if (!id.equals(writer.applier())) {
              managers.put(id, owned.withFields(owned.fields().difference(changed)));
            }
          });
    }

    private Map<Id, FieldSet> conflicts(ManagedFields managers, Ownership.Difference difference) {
      var result = new TreeMap<Id, FieldSet>((a, b) -> a.toString().compareTo(b.toString()));
      managers
          .entries()
          .forEach((id, owned) -> {
            var both = owned.fields().intersection(difference.addedOrModified());
            if (!id.equals(writer.applier()) && !both.isEmpty()) {
              result.put(id, both);
            }
          });
      return result;
    }

    /// Whether all conflicts are about fields that `kubectl apply` without `--server-side` set,
    /// which the same user now applies by the server.
    private boolean appliedBefore(ManagedFields managers, Ownership.Difference difference) {
      if (!writer.manager().equals("kubectl")) {
        return false;
      }
      var allowed = LastApplied.fields(live, schema, writer.apiVersion());
      var conflicts = conflicts(managers, difference);
      if (allowed == null || conflicts.isEmpty()) {
        return false;
      }
      conflicts.replaceAll((_, fields) -> fields.difference(allowed));
      conflicts.values().removeIf(FieldSet::isEmpty);
      if (!conflicts.isEmpty()) {
        throw Conflicts.failure(conflicts);
      }
      return true;
    }

    /// Removes what this writer applied last time, does not apply any more, and nobody else owns.
    private ObjectNode prune(ObjectNode merged, ManagedFields managers, FieldSet last) {
      var mine = last.withNamedFields(schema);
      var all = Ownership.fieldsOf(merged, schema).withNamedFields(schema);
      var pruned = Ownership.remove(merged, mine, schema);
      var kept =
          Ownership.fieldsOf(pruned, schema)
              .withNamedFields(schema)
              .union(managers.all().withNamedFields(schema));
      var backOwned = Ownership.remove(merged, all.difference(kept), schema);
      // Items nobody owns were never this writer's to remove.
      var left = Ownership.fieldsOf(backOwned, schema).withNamedFields(schema);
      var gone = all.difference(left).intersection(mine);
      return (ObjectNode) Ownership.remove(merged, gone, schema);
    }

    private void stripSystemFields(ManagedFields managers) {
      var own = managers.get(writer.applier());
      if (own != null) {
        managers.put(writer.applier(), own.withFields(own.fields().difference(SYSTEM)));
      }
    }
  }
}
