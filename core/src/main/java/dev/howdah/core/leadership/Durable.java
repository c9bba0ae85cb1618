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
/// @param led the highest term that a Lease was seen to name this data directory for: unlike a
///   claim, which may be that of an election that another won
/// @param highestGeneration the highest generation ever read from the Lease
/// @param highestTerm the highest term ever read from the Lease
/// @param highestTimeline the highest timeline ever read from the Lease
/// @param reached the newest timeline that the Lease ever said a holder's log was on
/// @param seal present while sealed
public record Durable(
    String volume,
    long claim,
    long led,
    long highestGeneration,
    long highestTerm,
    int highestTimeline,
    int reached,
    @Nullable Seal seal) {
  public static final Durable NEW = new Durable("", 0, 0, 0, 0, 0, 0, null);

  static final String UNKNOWN = "?";

  /// For a file that is there and can't be read: sealed for whatever revision the Lease has at the
  /// next read, and never the last primary.
  public static Durable unreadable() {
    return new Durable("", 0, 0, 0, 0, 0, 0, new Seal(UNKNOWN));
  }

  public Map<String, String> toFields() {
    var fields = new TreeMap<String, String>();
    fields.put("volume", volume);
    fields.put("claim", Long.toString(claim));
    fields.put("led", Long.toString(led));
    fields.put("highestGeneration", Long.toString(highestGeneration));
    fields.put("highestTerm", Long.toString(highestTerm));
    fields.put("highestTimeline", Integer.toString(highestTimeline));
    fields.put("reached", Integer.toString(reached));
    if (seal != null) {
      fields.put("seal", seal.version());
    }
    return fields;
  }

  /// Empty if a field is missing or malformed; use [#unreadable()] then. Earlier versions wrote
  /// neither `led` nor `reached`.
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
              Long.parseLong(fields.getOrDefault("led", "0")),
              Long.parseLong(fields.getOrDefault("highestGeneration", "")),
              Long.parseLong(fields.getOrDefault("highestTerm", "")),
              Integer.parseInt(fields.getOrDefault("highestTimeline", "")),
              Integer.parseInt(fields.getOrDefault("reached", "0")),
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
        : new Durable(
            present, claim, led, highestGeneration, highestTerm, highestTimeline, reached, seal);
  }

  Durable withSeal(@Nullable Seal changed) {
    return new Durable(
        volume, claim, led, highestGeneration, highestTerm, highestTimeline, reached, changed);
  }

  /// The same on data that isn't the last primary's any more.
  public Durable withoutClaim() {
    return new Durable(
        volume, 0, 0, highestGeneration, highestTerm, highestTimeline, reached, seal);
  }

  Durable withClaim(long term) {
    return new Durable(
        volume, term, led, highestGeneration, highestTerm, highestTimeline, reached, seal);
  }

  /// Remembers a Lease that was read or written.
  Durable having(LeaseRecord lease, Identity self) {
    boolean won =
        claim > led
            && claim == lease.term()
            && lease.owner().name().equals(self.name())
            && lease.owner().volume().equals(self.volume());
    return lease.generation() <= highestGeneration && !won
        ? this
        : new Durable(
            volume,
            claim,
            won ? claim : led,
            Math.max(highestGeneration, lease.generation()),
            Math.max(highestTerm, lease.term()),
            Math.max(highestTimeline, lease.timeline().id()),
            Math.max(reached, lease.reached().id()),
            seal);
  }
}
