// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.request.DeleteOptions.Propagation;
import dev.howdah.apiserver.store.Change;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.write.Writer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;

/// Forgets events an hour after they last happened.
final class EventExpiry {
  private static final GroupResource EVENTS = new GroupResource("", "events");
  private static final Duration KEPT = Duration.ofHours(1);
  private static final Duration MARGIN = Duration.ofMinutes(1);

  private final Store store;
  private final Writer writer;
  private final Worker worker;
  private final InstantSource clock;

  EventExpiry(Store store, Writer writer, Worker worker, InstantSource clock) {
    this.store = store;
    this.writer = writer;
    this.worker = worker;
    this.clock = clock;
  }

  void start() {
    store.onChange(this::note);
    worker.submit(EVENTS, this::sweep);
  }

  private void note(Change change) {
    if (change.kind() == Change.Kind.ADDED && change.object().type().equals(EVENTS)) {
      worker.later(EVENTS, this::sweep, KEPT.plus(MARGIN)); // unless one is planned already
    }
  }

  private void sweep() {
    var now = clock.instant();
    var next = Duration.ZERO;
    for (var event : store.list(EVENTS, "").objects()) {
      var left = Duration.between(now, last(event.tree(), now).plus(KEPT));
      if (left.isNegative() || left.isZero()) {
        writer.deleter().deleteInternally(event, Propagation.BACKGROUND);
      } else if (next.isZero() || left.compareTo(next) < 0) {
        next = left;
      }
    }
    if (!next.isZero()) {
      worker.later(EVENTS, this::sweep, next.plus(MARGIN));
    }
  }

  private static Instant last(ObjectNode event, Instant now) {
    var newest = Instant.EPOCH;
    for (var time :
        new JsonNode[] {
          event.path("lastTimestamp"),
          event.path("eventTime"),
          event.path("series").path("lastObservedTime"),
          event.path("metadata").path("creationTimestamp")
        }) {
      try {
        if (time.isTextual() && Instant.parse(time.asText()).isAfter(newest)) {
          newest = Instant.parse(time.asText());
        }
      } catch (DateTimeParseException _) {
        newest = now; // keep what we do not understand for another round
      }
    }
    return newest;
  }
}
