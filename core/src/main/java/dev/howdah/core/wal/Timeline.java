// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.wal;

/// The number of a history of the write-ahead log; each promotion starts a new, higher one
/// (PostgreSQL manual, "Timelines"). 0 means that none is known.
public record Timeline(int id) implements Comparable<Timeline> {
  public static final Timeline NONE = new Timeline(0);

  public Timeline {
    if (id < 0) {
      throw new IllegalArgumentException("a timeline is never negative: " + id);
    }
  }

  public Timeline next() {
    return new Timeline(id + 1);
  }

  @Override
  public int compareTo(Timeline other) {
    return Integer.compare(id, other.id);
  }

  @Override
  public String toString() {
    return Integer.toString(id);
  }
}
