// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.write;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.request.DeleteOptions;
import dev.howdah.apiserver.request.DeleteOptions.Propagation;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.schema.JsonValues;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.store.StoreException;
import dev.howdah.apiserver.store.Stored;
import dev.howdah.apiserver.strategy.Strategies;
import dev.howdah.apiserver.strategy.Strategy;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Deletes objects: at once, or by marking them until their finalizers are gone and their grace
/// period is over.
public final class Deleter {
  /// What the client gets, and whether the object is gone already.
  public record Outcome(ObjectNode answer, boolean gone) {}

  private static final int MAX_RETRIES = 30;

  private final Store store;
  private final ResourceTypes types;
  private final Strategies strategies;
  private final Pipeline pipeline;
  private final InstantSource clock;

  Deleter(
      Store store,
      ResourceTypes types,
      Strategies strategies,
      Pipeline pipeline,
      InstantSource clock) {
    this.store = store;
    this.types = types;
    this.strategies = strategies;
    this.pipeline = pipeline;
    this.clock = clock;
  }

  /// Deletes one object.
  public Outcome delete(Call call, DeleteOptions options) {
    for (var attempt = 0; ; attempt++) {
      var stored = store.get(call.type().storage(), call.key());
      if (stored == null) {
        throw ApiException.notFound(call.type().name(), call.name());
      }
      try {
        return deleteOnce(call, options, stored);
      } catch (StoreException e) {
        if (e.why() != StoreException.Why.CHANGED || attempt >= MAX_RETRIES) {
          throw Writer.refused(call, e);
        }
      }
    }
  }

  /// Deletes in the name of the server; an object that is gone already is fine.
  public void deleteInternally(Stored object, @Nullable Propagation propagation) {
    var type = types.any(object.type().group(), object.type().resource());
    if (type == null) {
      return;
    }
    var key = object.key();
    try {
      delete(
          Call.internal(type, key.namespace(), key.name()),
          new DeleteOptions(null, propagation, Meta.uid(object.tree()), "", false));
    } catch (ApiException e) {
      if (e.code() != 404 && e.code() != 409) {
        throw e;
      }
    }
  }

  private Outcome deleteOnce(Call call, DeleteOptions options, Stored stored)
      throws StoreException {
    var tree = stored.tree();
    checkPreconditions(call, options, tree);
    pipeline.admitDelete(call, Conversion.served(call.type(), tree.deepCopy()));
    var strategy = strategies.of(call.type());
    strategy.checkDelete(tree);
    var marked = marked(tree, options, strategy);
    if (options.propagation() == null && strategy.defaultPropagation() == Propagation.ORPHAN) {
      call.warnings().accept(strategy.orphanWarning());
    }
    var dryRun = options.dryRun() || call.options().dryRun();
    if (releasedBy(marked)) {
      // What goes at once is never seen marked, but for kinds whose ends take time.
      var last = strategy.endsGracefully() || Meta.deleting(tree) ? marked : tree;
      if (!dryRun) {
        store.delete(stored, last.deepCopy());
      }
      return new Outcome(answer(call, last, strategy), true);
    }
    if (!dryRun && !JsonValues.same(marked, tree)) {
      return new Outcome(Conversion.served(call.type(), store.update(stored, marked)), false);
    }
    return new Outcome(Conversion.served(call.type(), marked), false);
  }

  private static void checkPreconditions(Call call, DeleteOptions options, ObjectNode object) {
    var uid = options.uid();
    if (!uid.isEmpty() && !uid.equals(Meta.uid(object))) {
      throw ApiException.conflict(
          kind(call),
          call.name(),
          "the UID in the precondition (%s) does not match the UID in record (%s). The object might have been deleted and then recreated"
              .formatted(uid, Meta.uid(object)));
    }
    var version = options.resourceVersion();
    var live = Meta.text(object, "resourceVersion");
    if (!version.isEmpty() && !version.equals(live)) {
      throw ApiException.conflict(
          kind(call),
          call.name(),
          "the ResourceVersion in the precondition (%s) does not match the ResourceVersion in record (%s). The object might have been modified"
              .formatted(version, live));
    }
  }

  private static GroupResource kind(Call call) {
    return new GroupResource(call.type().group(), call.type().kind());
  }

  private ObjectNode marked(ObjectNode tree, DeleteOptions options, Strategy strategy) {
    var marked = tree.deepCopy();
    var metadata = Meta.of(marked);
    var before = Meta.finalizers(tree);
    var propagation = options.propagation();
    if (propagation == null && !before.contains(Meta.FOREGROUND)) {
      propagation = strategy.defaultPropagation();
    }
    Meta.setFinalizers(marked, finalizers(before, propagation));
    var wanted = options.gracePeriodSeconds();
    var now = clock.instant();
    if (!Meta.deleting(tree)) {
      var grace = strategy.gracePeriod(tree, wanted == null ? -1 : wanted);
      metadata.put("deletionTimestamp", Meta.time(now.plusSeconds(grace)));
      metadata.put("deletionGracePeriodSeconds", grace);
      if (metadata.has("generation")) {
        metadata.put("generation", metadata.path("generation").asLong() + 1);
      }
      strategy.prepareForDelete(marked);
    } else if (wanted != null) {
      var grace = strategy.gracePeriod(tree, wanted);
      if (grace < metadata.path("deletionGracePeriodSeconds").asLong(0)) {
        metadata.put("deletionTimestamp", Meta.time(now.plusSeconds(grace)));
        metadata.put("deletionGracePeriodSeconds", grace);
      }
    }
    return marked;
  }

  private static List<String> finalizers(List<String> before, @Nullable Propagation propagation) {
    if (propagation == null) {
      return before;
    }
    var after = new java.util.ArrayList<>(before);
    after.removeAll(List.of(Meta.ORPHAN, Meta.FOREGROUND));
    switch (propagation) {
      case BACKGROUND -> {}
      case FOREGROUND -> after.add(Meta.FOREGROUND);
      case ORPHAN -> after.add(Meta.ORPHAN);
    }
    return after;
  }

  /// Whether nothing keeps a deleted object any more.
  static boolean releasedBy(ObjectNode object) {
    return Meta.deleting(object)
        && Meta.finalizers(object).isEmpty()
        && object.path("metadata").path("deletionGracePeriodSeconds").asLong(0) == 0
        && !(object.path("kind").asText().equals("Namespace")
            && object.path("apiVersion").asText().equals("v1")
            && !object.path("spec").path("finalizers").isEmpty());
  }

  private static ObjectNode answer(Call call, ObjectNode object, Strategy strategy) {
    if (strategy.answersDeletionWithObject()) {
      return Conversion.served(call.type(), object);
    }
    var status = Json.object().put("kind", "Status").put("apiVersion", "v1");
    status.putObject("metadata");
    status.put("status", "Success");
    var details = status.putObject("details").put("name", call.name());
    if (!call.type().group().isEmpty()) {
      details.put("group", call.type().group());
    }
    details.put("kind", call.type().plural()).put("uid", Meta.uid(object));
    return status;
  }
}
