// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/// A change of the primary, with its time line, as the new primary saw it.
///
/// @param fenced the old primary could acknowledge nothing any more from then on, at the latest
/// @param firstWrite a transaction that wrote something was complete; null while there was none
/// @param oldBack null while the old primary doesn't stream again
/// @param lostBytes of the log, at most; negative while that is unknown
record Incident(
    Kind kind,
    String from,
    String to,
    long term,
    int timeline,
    Instant detected,
    Instant fenced,
    Instant elected,
    Instant promoted,
    @Nullable Instant firstWrite,
    @Nullable Instant oldBack,
    long lostBytes,
    String lossBound) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  /// What happened.
  enum Kind {
    FAILOVER("Failover"),
    SWITCHOVER("Switchover"),
    RESTART_IN_PLACE("RestartInPlace");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  Incident written(Instant at) {
    return new Incident(
        kind, from, to, term, timeline, detected, fenced, elected, promoted, at, oldBack, lostBytes,
        lossBound);
  }

  Incident back(Instant at) {
    return new Incident(
        kind,
        from,
        to,
        term,
        timeline,
        detected,
        fenced,
        elected,
        promoted,
        firstWrite,
        at,
        lostBytes,
        lossBound);
  }

  boolean isSame(com.fasterxml.jackson.databind.JsonNode entry) {
    return entry.path("term").asLong() == term
        && entry.path("to").asText().equals(to)
        && entry.path("electedAt").asText().equals(TIME.format(elected));
  }

  /// An entry of `status.incidents`.
  ObjectNode toStatus() {
    ObjectNode entry = Json.object().put("kind", kind.word).put("from", from).put("to", to);
    entry.put("term", term).put("timeline", timeline);
    entry.put("detectedAt", TIME.format(detected)).put("fencedAt", TIME.format(fenced));
    entry.put("electedAt", TIME.format(elected)).put("promotedAt", TIME.format(promoted));
    if (firstWrite != null) {
      entry.put("firstWriteAt", TIME.format(firstWrite));
    }
    if (oldBack != null) {
      entry.put("oldPrimaryBackAt", TIME.format(oldBack));
    }
    if (lostBytes >= 0) {
      entry.put("lostBytes", lostBytes);
    }
    return entry.put("lossBound", lossBound);
  }

  /// For the event.
  String sentence() {
    var text = new StringBuilder();
    text.append("from %s to %s, term %d, timeline %d: ".formatted(from, to, term, timeline));
    text.append("detected ").append(TIME.format(detected));
    text.append(", fenced ").append(after(fenced));
    text.append(", elected ").append(after(elected));
    text.append(", promoted ").append(after(promoted));
    if (firstWrite != null) {
      text.append(", first write ").append(after(firstWrite));
    }
    return text.append("; loss: ").append(lossBound).toString();
  }

  private String after(Instant moment) {
    return "%+d ms".formatted(Duration.between(detected, moment).toMillis());
  }
}
