// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.util.Optional;

/// A moment to recover to, as RFC 3339 or PostgreSQL write it; without a zone it is UTC.
public final class TargetTime {
  private static final DateTimeFormatter LOCAL =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .appendPattern("[' ']['T']")
          .append(DateTimeFormatter.ISO_LOCAL_TIME)
          .toFormatter()
          .withResolverStyle(ResolverStyle.STRICT);
  private static final DateTimeFormatter WITH_ZONE =
      new DateTimeFormatterBuilder()
          .append(LOCAL)
          .appendPattern("[' '][XXX][XX][X]")
          .toFormatter()
          .withResolverStyle(ResolverStyle.STRICT);

  private TargetTime() {}

  /// The moment; empty where the text has neither form.
  public static Optional<Instant> parse(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text, WITH_ZONE).toInstant());
    } catch (DateTimeException withoutZone) {
      try {
        return Optional.of(LocalDateTime.parse(text, LOCAL).toInstant(ZoneOffset.UTC));
      } catch (DateTimeException withoutTime) {
        try {
          return Optional.of(LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC));
        } catch (DateTimeException e) {
          return Optional.empty();
        }
      }
    }
  }
}
