// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.wal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Which timelines a timeline comes from, and where each was left: the content of a `.history` file
/// (PostgreSQL manual, "Timelines").
///
/// @param timeline whose history it is; its own end is open
/// @param branches from the oldest on
public record TimelineHistory(Timeline timeline, List<Branch> branches) {
  /// A timeline that ends where its successor begins.
  ///
  /// @param end where it was left: nothing at or after this position belongs to the history
  public record Branch(Timeline timeline, Lsn end, String reason) {}

  public TimelineHistory {
    branches = List.copyOf(branches);
    Timeline last = Timeline.NONE;
    Lsn end = Lsn.ZERO;
    for (Branch branch : branches) {
      if (branch.timeline().compareTo(last) <= 0 || branch.end().compareTo(end) < 0) {
        throw new IllegalArgumentException(
            "the history of timeline " + timeline + " is no history");
      }
      last = branch.timeline();
      end = branch.end();
    }
    if (timeline.compareTo(last) <= 0) {
      throw new IllegalArgumentException(
          "timeline " + timeline + " cannot come from timeline " + last);
    }
  }

  /// A timeline without a past, as 1 is.
  public static TimelineHistory none(Timeline timeline) {
    return new TimelineHistory(timeline, List.of());
  }

  /// Reads a `.history` file.
  ///
  /// @throws IllegalArgumentException if it is none
  public static TimelineHistory parse(Timeline timeline, String text) {
    var branches = new ArrayList<Branch>();
    for (String line : text.split("\n", -1)) {
      String bare = line.strip();
      if (bare.isEmpty() || bare.startsWith("#")) {
        continue;
      }
      String[] field = bare.split("\\s+", 3);
      if (field.length < 2 || !field[0].matches("\\d{1,9}")) {
        throw new IllegalArgumentException("not a line of a timeline history: \"" + bare + "\"");
      }
      branches.add(
          new Branch(
              new Timeline(Integer.parseInt(field[0])),
              Lsn.parse(field[1]),
              field.length > 2 ? field[2] : ""));
    }
    return new TimelineHistory(timeline, branches);
  }

  /// The name of the file, as in `00000003.history`.
  public static String fileName(Timeline timeline) {
    return "%08X.history".formatted(timeline.id());
  }

  /// The timeline of a `.history` file's name; empty if it is none.
  public static Optional<Timeline> ofFileName(String name) {
    return name.matches("[0-7][0-9A-F]{7}\\.history")
        ? Optional.of(new Timeline(Integer.parseInt(name.substring(0, 8), 16)))
        : Optional.empty();
  }

  /// Where the history left this timeline; empty for its own timeline, which goes on, and for one
  /// that is no part of it.
  public Optional<Lsn> endOf(Timeline ancestor) {
    return branches.stream()
        .filter(branch -> branch.timeline().equals(ancestor))
        .map(Branch::end)
        .findFirst();
  }

  /// The segment that recovery along this history reads at this place. One in which a timeline was
  /// left is read from its successor, which begins with a copy.
  public WalSegment segment(long number, long segmentBytes) {
    for (var branch : branches) {
      if (number < Long.divideUnsigned(branch.end().value(), segmentBytes)) {
        return new WalSegment(branch.timeline(), number, segmentBytes);
      }
    }
    return new WalSegment(timeline, number, segmentBytes);
  }

  /// Whether a segment of an earlier timeline belongs to the history to its end.
  public boolean hasWhole(WalSegment segment) {
    return endOf(segment.timeline()).map(end -> segment.end().compareTo(end) <= 0).orElse(false);
  }

  /// Whether all WAL up to this position is part of the history (or will be, when it goes on).
  public boolean contains(WalPosition position) {
    if (position.timeline().equals(timeline)) {
      return branches.isEmpty()
          || position.lsn().compareTo(branches.getLast().end()) >= 0
          || position.lsn().isZero();
    }
    return endOf(position.timeline()).map(end -> position.lsn().compareTo(end) <= 0).orElse(false);
  }

  /// The last point that two histories share; empty if they have no timeline in common.
  ///
  /// The shared timeline is left at different positions by the two: the earlier one counts.
  public Optional<WalPosition> commonWith(TimelineHistory other) {
    WalPosition common = null;
    for (Branch branch : withSelf()) {
      Optional<Branch> same =
          other.withSelf().stream().filter(b -> b.timeline().equals(branch.timeline())).findFirst();
      if (same.isEmpty()) {
        break;
      }
      Lsn end = branch.end().compareTo(same.get().end()) <= 0 ? branch.end() : same.get().end();
      common = new WalPosition(branch.timeline(), end);
      if (!branch.end().equals(same.get().end())) {
        break;
      }
    }
    return Optional.ofNullable(common);
  }

  private List<Branch> withSelf() {
    var all = new ArrayList<>(branches);
    all.add(new Branch(timeline, new Lsn(-1), "")); // unsigned: the end of all positions
    return all;
  }

  /// The history that a promotion at this position adds to.
  public TimelineHistory branchedAt(Lsn end, Timeline next, String reason) {
    var longer = new ArrayList<>(branches);
    longer.add(new Branch(timeline, end, reason));
    return new TimelineHistory(next, longer);
  }

  /// The content of the file.
  public String text() {
    var out = new StringBuilder();
    for (Branch branch : branches) {
      out.append(branch.timeline()).append('\t').append(branch.end());
      out.append('\t').append(branch.reason()).append('\n');
    }
    return out.toString();
  }
}
