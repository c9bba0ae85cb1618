// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What an instance must not forget when it crashes. It lives in the data directory, is replaced
/// atomically and fsynced before anything that follows from it is done, and goes away with the
/// data: a new clone starts with [#NEW] and a new [Identity#volume()].
///
/// @param claim the term for which this data directory last tried to become primary. With a Lease
///   of that term that names this instance and volume, its data holds all that was ever
///   acknowledged
/// @param highestTerm the highest term ever read from the Lease
/// @param highestTimeline the highest timeline ever read from the Lease
/// @param seal present while sealed
public record Durable(long claim, long highestTerm, int highestTimeline, @Nullable Seal seal) {
  public static final Durable NEW = new Durable(0, 0, 0, null);

  /// What a file says that can't be read: sealed for whatever revision the Lease has, which the
  /// text below never equals, and never the last primary.
  public static Durable unreadable() {
    return new Durable(0, 0, 0, new Seal(UNKNOWN));
  }

  static final String UNKNOWN = "?";

  public Map<String, String> toFields() {
    var fields = new TreeMap<String, String>();
    fields.put("claim", Long.toString(claim));
    fields.put("highestTerm", Long.toString(highestTerm));
    fields.put("highestTimeline", Integer.toString(highestTimeline));
    if (seal != null) {
      fields.put("seal", seal.version());
    }
    return fields;
  }

  /// Empty if a field is missing or malformed; use [#unreadable()] then.
  public static Optional<Durable> fromFields(Map<String, String> fields) {
    try {
      String seal = fields.get("seal");
      return Optional.of(
          new Durable(
              Long.parseLong(fields.getOrDefault("claim", "")),
              Long.parseLong(fields.getOrDefault("highestTerm", "")),
              Integer.parseInt(fields.getOrDefault("highestTimeline", "")),
              seal == null ? null : new Seal(seal)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  Durable withSeal(@Nullable Seal changed) {
    return new Durable(claim, highestTerm, highestTimeline, changed);
  }

  Durable withClaim(long term) {
    return new Durable(term, highestTerm, highestTimeline, seal);
  }

  Durable withHighest(long term, int timeline) {
    return new Durable(claim, term, timeline, seal);
  }
}
