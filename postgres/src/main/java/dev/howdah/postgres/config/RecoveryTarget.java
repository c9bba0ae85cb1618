// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.wal.Lsn;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Where a recovery is to stop: `spec.bootstrap.recovery.recoveryTarget`.
///
/// @param timeline `latest`, `current` or a number
/// @param exclusive whether to stop just before the target rather than just after it
public record RecoveryTarget(String timeline, Point point, boolean exclusive) {
  /// What to stop at.
  public sealed interface Point {
    /// The end of the archived WAL.
    record End() implements Point {}

    /// As soon as the base backup is consistent.
    record Immediate() implements Point {}

    record Time(Instant time) implements Point {}

    record Position(Lsn lsn) implements Point {}

    record Transaction(long id) implements Point {}

    /// A restore point that somebody named.
    record Name(String name) implements Point {}
  }

  /// `2026-01-02 03:04:05.678+02`, as PostgreSQL prints it; without a zone it is UTC.
  private static final DateTimeFormatter POSTGRES =
      new DateTimeFormatterBuilder()
          .appendPattern("uuuu-MM-dd[' ']['T']HH:mm[:ss]")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .appendPattern("[XXX][XX][X]")
          .toFormatter();

  private static final DateTimeFormatter WRITTEN =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS'+00'").withZone(ZoneOffset.UTC);

  /// Recovery to the end of the newest timeline.
  public static RecoveryTarget latest() {
    return new RecoveryTarget("latest", new Point.End(), false);
  }

  /// Reads the field; absent means the end of the newest timeline.
  ///
  /// @throws IllegalArgumentException naming the field and what is wrong with it
  public static RecoveryTarget fromJson(JsonNode target) {
    String timeline = target.path("targetTLI").asText("");
    boolean known =
        timeline.isEmpty()
            || timeline.equals("latest")
            || timeline.equals("current")
            || timeline.matches("[1-9][0-9]{0,9}");
    if (!known) {
      throw wrong("targetTLI", timeline, "write latest or the number of a timeline");
    }
    return new RecoveryTarget(
        timeline.isEmpty() ? "latest" : timeline,
        point(target),
        target.path("exclusive").asBoolean(false));
  }

  private static Point point(JsonNode target) {
    String time = target.path("targetTime").asText("");
    String lsn = target.path("targetLSN").asText("");
    String xid = target.path("targetXID").asText("");
    String name = target.path("targetName").asText("");
    if (target.path("targetImmediate").asBoolean(false)) {
      return new Point.Immediate();
    }
    if (!time.isEmpty()) {
      return new Point.Time(
          parseTime(time)
              .orElseThrow(() -> wrong("targetTime", time, "write it as 2026-01-02T03:04:05Z")));
    }
    if (!lsn.isEmpty()) {
      try {
        return new Point.Position(Lsn.parse(lsn));
      } catch (IllegalArgumentException e) {
        throw wrong("targetLSN", lsn, "write it as 16/B374D848");
      }
    }
    if (!xid.isEmpty()) {
      if (!xid.matches("[0-9]{1,10}") || Long.parseLong(xid) > 0xFFFF_FFFFL) {
        throw wrong("targetXID", xid, "write the number of a transaction");
      }
      return new Point.Transaction(Long.parseLong(xid));
    }
    if (!name.isEmpty()) {
      boolean fits = name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length < 64;
      if (!fits || name.chars().anyMatch(Character::isISOControl)) {
        throw wrong("targetName", name, "a restore point's name has less than 64 bytes");
      }
      return new Point.Name(name);
    }
    return new Point.End();
  }

  private static IllegalArgumentException wrong(String field, String value, String remedy) {
    return new IllegalArgumentException(
        "spec.bootstrap.recovery.recoveryTarget.%s: \"%s\" is not valid; %s"
            .formatted(field, value, remedy));
  }

  /// Reads a point in time as RFC 3339 or PostgreSQL write it; UTC where no zone is given.
  public static Optional<Instant> parseTime(String text) {
    try {
      var parsed = POSTGRES.parseBest(text, OffsetDateTime::from, LocalDateTime::from);
      return Optional.of(
          parsed instanceof OffsetDateTime zoned
              ? zoned.toInstant()
              : LocalDateTime.from(parsed).toInstant(ZoneOffset.UTC));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /// The server parameters that make PostgreSQL stop there and go on as a primary.
  public SortedMap<String, String> parameters() {
    var map = new TreeMap<String, String>();
    map.put("recovery_target_timeline", timeline);
    map.put("recovery_target_action", "promote");
    switch (point) {
      case Point.End _ -> {}
      case Point.Immediate _ -> map.put("recovery_target", "immediate");
      case Point.Time(Instant time) -> map.put("recovery_target_time", WRITTEN.format(time));
      case Point.Position(Lsn lsn) -> map.put("recovery_target_lsn", lsn.toString());
      case Point.Transaction(long id) -> map.put("recovery_target_xid", Long.toString(id));
      case Point.Name(String name) -> map.put("recovery_target_name", name);
    }
    if (exclusive && !(point instanceof Point.End) && !(point instanceof Point.Immediate)) {
      map.put("recovery_target_inclusive", "off");
    }
    return map;
  }
}
