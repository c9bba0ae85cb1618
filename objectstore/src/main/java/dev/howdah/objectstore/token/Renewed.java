// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.token;

import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// Something that is lent for a time, as a token or temporary keys: renewed five minutes before its
/// end, and used to its end where that fails. Who lends it may be away for a moment; a backup of
/// hours must not fail by that.
///
/// @param <T> what is lent
public final class Renewed<T> {
  private static final Duration EARLY = Duration.ofMinutes(5);
  private static final Duration AGAIN = Duration.ofSeconds(15);

  private final Source<T> source;
  private final InstantSource clock;
  private @Nullable Lent<T> known;
  private Instant again = Instant.MIN;

  /// @param end until when it is good
  public record Lent<T>(T value, Instant end) {}

  /// Where it comes from.
  @FunctionalInterface
  public interface Source<T> {
    /// @throws StoreException if there is none, with what to do
    Lent<T> fetch();
  }

  public Renewed(Source<T> source, InstantSource clock) {
    this.source = source;
    this.clock = clock;
  }

  /// As it is now.
  ///
  /// @throws StoreException if there has never been one; of a kind that passes if there was
  public synchronized T get() {
    var now = clock.instant();
    var had = known;
    boolean good = had != null && now.isBefore(had.end());
    if (had != null && good && (now.isBefore(had.end().minus(EARLY)) || now.isBefore(again))) {
      return had.value();
    }
    again = now.plus(AGAIN);
    try {
      var lent = source.fetch();
      known = lent;
      return lent.value();
    } catch (StoreException e) {
      if (had == null) {
        throw e;
      }
      if (good) {
        return had.value();
      }
      throw new StoreException(Kind.UNAVAILABLE, "not renewed: " + e.getMessage(), e);
    }
  }
}
