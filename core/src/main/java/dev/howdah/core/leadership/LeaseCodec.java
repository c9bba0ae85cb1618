// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// How a [LeaseRecord] is written into the Lease object: the holder, its duration and the term in
/// `spec`, everything else in annotations. The object's other annotations are to be kept.
public final class LeaseCodec {
  /// All annotations of this codec begin so.
  public static final String PREFIX = "leadership.howdah.dev/";

  private static final String GENERATION = PREFIX + "generation";
  private static final String OWNER = PREFIX + "owner";
  private static final String VOLUME = PREFIX + "volume";
  private static final String INCARNATION = PREFIX + "incarnation";
  private static final String BOOT = PREFIX + "boot";
  private static final String VOTERS = PREFIX + "voters";
  private static final String ACKNOWLEDGEMENTS = PREFIX + "w";
  private static final String MEMBERS = PREFIX + "members";
  private static final String TIMELINE = PREFIX + "timeline";
  private static final String REACHED = PREFIX + "reached-timeline";
  private static final String POSITION = PREFIX + "position";
  private static final String COMPLETE = PREFIX + "complete";
  private static final String PREFERRED = PREFIX + "preferred";
  private static final String DEAD = PREFIX + "dead";
  private static final String FENCED = PREFIX + "fenced";
  private static final String ASYNCHRONOUS = "asynchronous";
  private static final long SECOND = 1_000_000_000L;

  private LeaseCodec() {}

  /// The parts of a `coordination.k8s.io/v1` Lease that matter here.
  public record LeaseFields(
      String holderIdentity,
      int leaseDurationSeconds,
      long leaseTransitions,
      Map<String, String> annotations) {}

  public static LeaseFields encode(LeaseRecord lease) {
    var annotations = new TreeMap<String, String>();
    annotations.put(GENERATION, Long.toString(lease.generation()));
    annotations.put(OWNER, lease.owner().name());
    annotations.put(VOLUME, lease.owner().volume());
    annotations.put(INCARNATION, lease.owner().incarnation());
    annotations.put(BOOT, lease.owner().boot());
    annotations.put(
        VOTERS, lease.quorum().asynchronous() ? ASYNCHRONOUS : members(lease.quorum().voters()));
    annotations.put(ACKNOWLEDGEMENTS, Integer.toString(lease.quorum().acknowledgements()));
    annotations.put(MEMBERS, members(lease.members()));
    annotations.put(TIMELINE, lease.timeline().toString());
    annotations.put(REACHED, lease.reached().toString());
    annotations.put(POSITION, lease.position().toString());
    annotations.put(COMPLETE, Boolean.toString(lease.complete()));
    annotations.put(PREFERRED, lease.preferred());
    annotations.put(DEAD, lease.dead());
    annotations.put(FENCED, String.join(",", lease.fenced()));
    return new LeaseFields(
        lease.holder(),
        (int) Math.max(1, (lease.duration() + SECOND - 1) / SECOND),
        lease.term(),
        annotations);
  }

  /// @throws IllegalArgumentException if an annotation is malformed, naming it; act as if the Lease
  ///   couldn't be read ([LeaseAnswer.Failed])
  public static LeaseRecord decode(LeaseFields fields) {
    var annotations = fields.annotations();
    String holder = fields.holderIdentity();
    var owner =
        new Identity(
            annotations.getOrDefault(OWNER, holder),
            annotations.getOrDefault(VOLUME, ""),
            annotations.getOrDefault(INCARNATION, ""),
            annotations.getOrDefault(BOOT, ""));
    if (!holder.isEmpty() && !holder.equals(owner.name())) {
      owner = new Identity(holder, "", "", "");
    }
    return new LeaseRecord(
        holder,
        fields.leaseDurationSeconds() * SECOND,
        number(GENERATION, annotations.getOrDefault(GENERATION, "0")),
        fields.leaseTransitions(),
        owner,
        quorum(annotations),
        parseMembers(MEMBERS, annotations.getOrDefault(MEMBERS, "")),
        timeline(TIMELINE, annotations),
        timeline(REACHED, annotations),
        position(annotations.getOrDefault(POSITION, "")),
        Boolean.parseBoolean(annotations.getOrDefault(COMPLETE, "false")),
        annotations.getOrDefault(PREFERRED, ""),
        annotations.getOrDefault(DEAD, ""),
        names(annotations.getOrDefault(FENCED, "")));
  }

  private static Quorum quorum(Map<String, String> annotations) {
    String voters = annotations.getOrDefault(VOTERS, "");
    if (voters.equals(ASYNCHRONOUS)) {
      return Quorum.ASYNCHRONOUS;
    }
    int acknowledgements =
        number(ACKNOWLEDGEMENTS, annotations.getOrDefault(ACKNOWLEDGEMENTS, "0"));
    var members = parseMembers(VOTERS, voters);
    if (acknowledgements < 0 || acknowledgements > members.size()) {
      throw malformed(ACKNOWLEDGEMENTS, Integer.toString(acknowledgements));
    }
    return Quorum.of(members, acknowledgements);
  }

  private static String members(List<Member> members) {
    var text = new StringBuilder();
    for (Member member : members) {
      text.append(text.isEmpty() ? "" : ",").append(member.name());
      text.append('=').append(member.volume());
    }
    return text.toString();
  }

  private static List<Member> parseMembers(String annotation, String text) {
    var members = new ArrayList<Member>();
    for (String part : names(text)) {
      int at = part.indexOf('=');
      if (at < 1) {
        throw malformed(annotation, text);
      }
      members.add(new Member(part.substring(0, at), part.substring(at + 1)));
    }
    return members;
  }

  private static List<String> names(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(","));
  }

  private static WalPosition position(String text) {
    try {
      return text.isEmpty() ? WalPosition.NONE : WalPosition.parse(text);
    } catch (IllegalArgumentException e) {
      throw malformed(POSITION, text);
    }
  }

  private static Timeline timeline(String annotation, Map<String, String> annotations) {
    return new Timeline(number(annotation, annotations.getOrDefault(annotation, "0")));
  }

  private static int number(String annotation, String text) {
    try {
      return Integer.parseUnsignedInt(text);
    } catch (NumberFormatException e) {
      throw malformed(annotation, text);
    }
  }

  private static IllegalArgumentException malformed(String annotation, String text) {
    return new IllegalArgumentException(
        "the Lease's annotation %s is malformed: \"%s\"; it is written by Howdah only: remove it"
                .formatted(annotation, text)
            + " if it was edited");
  }
}
