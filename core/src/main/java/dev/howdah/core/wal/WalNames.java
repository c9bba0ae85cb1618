// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.wal;

import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// The names of the files of a WAL archive, in little room however many there are: of segments that
/// follow each other only the first and the last are kept.
public final class WalNames extends AbstractSet<String> {
  /// By timeline: runs of segments, each by what is behind the timeline in their names, as a
  /// number.
  private final TreeMap<Long, TreeMap<Long, Long>> segments = new TreeMap<>();

  private final TreeSet<String> others = new TreeSet<>();

  @Override
  public boolean add(String name) {
    if (!WalSegment.isName(name)) {
      return others.add(name);
    }
    if (contains(name)) {
      return false;
    }
    TreeMap<Long, Long> runs = segments.computeIfAbsent(timeline(name), _ -> new TreeMap<>());
    long place = place(name);
    var before = runs.floorEntry(place - 1);
    long from = before != null && before.getValue() == place - 1 ? before.getKey() : place;
    Long to = runs.remove(place + 1);
    runs.put(from, to == null ? place : to);
    return true;
  }

  @Override
  public boolean contains(Object object) {
    if (!(object instanceof String name) || !WalSegment.isName(name)) {
      return others.contains(object);
    }
    var runs = segments.getOrDefault(timeline(name), new TreeMap<>());
    var run = runs.floorEntry(place(name));
    return run != null && place(name) <= run.getValue();
  }

  private static long timeline(String name) {
    return Long.parseLong(name.substring(0, 8), 16);
  }

  private static long place(String name) {
    return Long.parseUnsignedLong(name.substring(8), 16);
  }

  @Override
  public Iterator<String> iterator() {
    return Stream.concat(
            segments.entrySet().stream().flatMap(t -> names(t.getKey(), t.getValue())),
            others.stream())
        .iterator();
  }

  private static Stream<String> names(long timeline, Map<Long, Long> runs) {
    return runs.entrySet().stream()
        .flatMap(run ->
            LongStream.rangeClosed(run.getKey(), run.getValue())
                .mapToObj(place -> "%08X%016X".formatted(timeline, place)));
  }

  @Override
  public int size() {
    long count = others.size();
    for (var runs : segments.values()) {
      for (var run : runs.entrySet()) {
        count += run.getValue() - run.getKey() + 1;
      }
    }
    return Math.toIntExact(count);
  }

  /// How many runs are kept: what it takes in memory.
  int runs() {
    return segments.values().stream().mapToInt(Map::size).sum();
  }
}
