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
/// @param volume the data it was written for; a copy of the data under another identity (a volume
///   made from a snapshot) is bound by nothing and stands for nothing. Empty: not yet written
/// @param claim the term for which this data directory last tried to become primary. With a Lease
///   of that term that names this instance and volume, its data holds all that was ever
///   acknowledged
/// @param highestGeneration the highest generation ever read from the Lease
/// @param highestTerm the highest term ever read from the Lease
/// @param highestTimeline the highest timeline ever read from the Lease
/// @param seal present while sealed
public record Durable(
    String volume,
    long claim,
    long highestGeneration,
    long highestTerm,
    int highestTimeline,
    @Nullable Seal seal) {
  public static final Durable NEW = new Durable("", 0, 0, 0, 0, null);

  static final String UNKNOWN = "?";

  /// For a file that is there and can't be read: sealed for whatever revision the Lease has at the
  /// next read, and never the last primary.
  public static Durable unreadable() {
    return new Durable("", 0, 0, 0, 0, new Seal(UNKNOWN));
  }

  public Map<String, String> toFields() {
    var fields = new TreeMap<String, String>();
    fields.put("volume", volume);
    fields.put("claim", Long.toString(claim));
    fields.put("highestGeneration", Long.toString(highestGeneration));
    fields.put("highestTerm", Long.toString(highestTerm));
    fields.put("highestTimeline", Integer.toString(highestTimeline));
    if (seal != null) {
      fields.put("seal", seal.version());
    }
    return fields;
  }

  /// Empty if a field is missing or malformed; use [#unreadable()] then.
  public static Optional<Durable> fromFields(Map<String, String> fields) {
    String volume = fields.get("volume");
    String seal = fields.get("seal");
    if (volume == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Durable(
              volume,
              Long.parseLong(fields.getOrDefault("claim", "")),
              Long.parseLong(fields.getOrDefault("highestGeneration", "")),
              Long.parseLong(fields.getOrDefault("highestTerm", "")),
              Integer.parseInt(fields.getOrDefault("highestTimeline", "")),
              seal == null ? null : new Seal(seal)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /// New data may stand in for old data of the same name, whose votes are forgotten. So it is bound
  /// by a vote for whatever revision the Lease has now, and receives nothing before that is gone.
  Durable asNewcomer() {
    return withSeal(new Seal(UNKNOWN));
  }

  boolean isFor(String present) {
    return volume.isEmpty() || volume.equals(present);
  }

  Durable on(String present) {
    return volume.equals(present)
        ? this
        : new Durable(present, claim, highestGeneration, highestTerm, highestTimeline, seal);
  }

  Durable withSeal(@Nullable Seal changed) {
    return new Durable(volume, claim, highestGeneration, highestTerm, highestTimeline, changed);
  }

  /// The same on data that isn't the last primary's any more.
  public Durable withoutClaim() {
    return withClaim(0);
  }

  Durable withClaim(long term) {
    return new Durable(volume, term, highestGeneration, highestTerm, highestTimeline, seal);
  }

  /// Remembers a Lease that was read or written.
  Durable having(LeaseRecord lease) {
    return lease.generation() <= highestGeneration
        ? this
        : new Durable(
            volume,
            claim,
            lease.generation(),
            Math.max(highestTerm, lease.term()),
            Math.max(highestTimeline, lease.timeline().id()),
            seal);
  }
}
