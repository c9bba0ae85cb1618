// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process that ends between any two steps loses nothing, and the next one knows what is there.
class ExchangeTest {
  @TempDir Path folder;
  private int rounds;
  private boolean several;
  private DataDirectory data;

  private static final class Killed extends IOException {
    private static final long serialVersionUID = 1;
  }

  /// As the real one, but for the waits until a disk has it.
  private static class Plain implements Exchange.Disk {
    @Override
    public void move(Path from, Path to) throws IOException {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void deleteTree(Path folder) throws IOException {
      if (!Files.exists(folder)) {
        return;
      }
      try (var all = Files.walk(folder)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }

    @Override
    public void write(Path file, String text) throws IOException {
      Files.writeString(file, text);
    }

    @Override
    public void delete(Path file) throws IOException {
      Files.deleteIfExists(file);
    }
  }

  private static final Exchange.Disk DISK = new Plain();

  /// Ends the process before its n-th step; a deletion is cut in its middle.
  private static final class Mortal extends Plain {
    private int left;

    Mortal(int steps) {
      left = steps;
    }

    private boolean dies() {
      return left-- == 0;
    }

    private void step() throws Killed {
      if (dies()) {
        throw new Killed();
      }
    }

    @Override
    public void move(Path from, Path to) throws IOException {
      step();
      super.move(from, to);
    }

    @Override
    public void deleteTree(Path tree) throws IOException {
      if (dies()) {
        Files.deleteIfExists(tree.resolve("global/pg_control"));
        throw new Killed();
      }
      super.deleteTree(tree);
    }

    @Override
    public void write(Path file, String text) throws IOException {
      step();
      super.write(file, text);
    }

    @Override
    public void delete(Path file) throws IOException {
      step();
      super.delete(file);
    }
  }

  @FunctionalInterface
  private interface Job {
    void run(Exchange exchange) throws IOException;
  }

  @BeforeEach
  void volume() throws IOException {
    fresh();
  }

  private void fresh() throws IOException {
    data = new DataDirectory(folder.resolve("v" + ++rounds).resolve("pgdata"));
    makeAll("first");
  }

  private static void make(Path path, String content) throws IOException {
    Files.createDirectories(path.resolve("global"));
    Files.writeString(path.resolve("PG_VERSION"), "15\n");
    Files.writeString(path.resolve("global/pg_control"), content);
  }

  private static String content(Path path) throws IOException {
    Path control = path.resolve("global/pg_control");
    return Files.exists(control) ? Files.readString(control) : "";
  }

  private String now() throws IOException {
    return content(data.path());
  }

  private Path kept() {
    return data.path().resolveSibling("pgdata.before-restore");
  }

  /// All data directories there are, under whatever name.
  private List<String> everywhere() throws IOException {
    var found = new ArrayList<String>();
    try (var entries = Files.list(data.path().getParent())) {
      for (Path entry : entries.filter(Files::isDirectory).toList()) {
        found.add(content(entry));
      }
    }
    return found;
  }

  private Exchange of(String uid, Exchange.Disk disk) {
    var folders = new LinkedHashMap<String, Path>();
    folders.put("the data", data.path());
    for (Path volume : volumes()) {
      folders.put(volume.getParent().getFileName().toString(), volume);
    }
    return new Exchange(folders, uid, disk);
  }

  /// Folders on other volumes that belong to the data; all hold what it holds.
  private List<Path> volumes() {
    return several ? List.of(folder.resolve("wal" + rounds).resolve("pg_wal")) : List.of();
  }

  private void makeAll(String content) throws IOException {
    make(data.path(), content);
    for (Path volume : volumes()) {
      make(volume, content);
    }
  }

  /// Whatever was cut: what belongs together is together.
  private void assertTogether(String where) throws IOException {
    for (Path volume : volumes()) {
      assertThat(content(volume)).as(where).isEqualTo(now());
      assertThat(content(KeptCopy.kept(volume))).as(where).isEqualTo(content(kept()));
    }
  }

  private Job restoring(String content) {
    return exchange -> {
      if (exchange.isDone()) {
        exchange.tidy();
        return;
      }
      exchange.clearUp();
      exchange.setAside();
      exchange.empty();
      makeAll(content);
      exchange.done();
    };
  }

  private static void undoing(Exchange exchange) throws IOException {
    if (exchange.isDone()) {
      exchange.tidy();
      return;
    }
    exchange.clearUp();
    exchange.setAside();
    exchange.place();
    exchange.done();
  }

  private static void givingUp(Exchange exchange) throws IOException {
    if (exchange.isDone()) {
      exchange.tidy();
      return;
    }
    exchange.clearUp();
    exchange.putBack();
  }

  private void restored(String uid, String content) throws IOException {
    restoring(content).run(of(uid, DISK));
  }

  /// False when it was killed.
  private boolean run(String uid, Job job, int steps) throws IOException {
    try {
      job.run(of(uid, new Mortal(steps)));
      return true;
    } catch (Killed e) {
      return false;
    }
  }

  /// Kills the job before each of its steps, runs the second one and kills that before each of its
  /// steps, too; at last the second one runs to its end.
  private void everywhereKilled(
      int earlier, Job job, String nextUid, Job next, String old, String made, String copy)
      throws IOException {
    for (int first = 0; ; first++) {
      boolean whole = false;
      for (int second = 0; ; second++) {
        fresh();
        for (int i = 0; i < earlier; i++) {
          restored("earlier-" + i, i == 0 ? "second" : "third");
        }
        whole = run("r", job, first);
        assertThat(everywhere()).as("killed before step %d", first).contains(old);
        if (!whole && !copy.isEmpty() && !of("r", DISK).isDone()) {
          assertThat(everywhere()).contains(copy);
        }
        boolean ended = run(nextUid, next, second);
        String where = "killed before steps %d and %d".formatted(first, second);
        assertThat(everywhere()).as(where).contains(old);
        next.run(of(nextUid, DISK));
        boolean done = of(nextUid, DISK).isDone();
        assertThat(now()).as(where).isEqualTo(done ? made : old);
        assertThat(data.unfinished()).as(where).isEmpty();
        assertThat(content(kept())).as(where).isEqualTo(done ? old : copy);
        assertThat(everywhere()).as(where).hasSize(copy.isEmpty() && !done ? 1 : 2);
        assertTogether(where);
        if (ended) {
          break;
        }
      }
      if (whole) {
        assertThat(first).isGreaterThan(3);
        return;
      }
    }
  }

  @Test
  void aRestoreThatIsKilledAnywhereGoesOn() throws IOException {
    everywhereKilled(0, restoring("new"), "r", restoring("new"), "first", "new", "");
    everywhereKilled(1, restoring("new"), "r", restoring("new"), "second", "new", "first");
    everywhereKilled(2, restoring("new"), "r", restoring("new"), "third", "new", "second");
  }

  @Test
  void aRestoreThatIsKilledAnywhereCanBePutBackWithTheCopyOfTheOneBefore() throws IOException {
    everywhereKilled(0, restoring("new"), "r", ExchangeTest::givingUp, "first", "new", "");
    everywhereKilled(1, restoring("new"), "r", ExchangeTest::givingUp, "second", "new", "first");
  }

  @Test
  void anUndoThatIsKilledAnywhereGoesOn() throws IOException {
    everywhereKilled(
        1, ExchangeTest::undoing, "r", ExchangeTest::undoing, "second", "first", "first");
    everywhereKilled(
        2, ExchangeTest::undoing, "r", ExchangeTest::undoing, "third", "second", "second");
  }

  @Test
  void anUndoThatIsKilledAnywhereCanBePutBack() throws IOException {
    everywhereKilled(
        1, ExchangeTest::undoing, "r", ExchangeTest::givingUp, "second", "first", "first");
  }

  /// The disk doesn't say whether there is a copy of before: here as its control file is a link to
  /// itself.
  @Test
  void whatCannotBeLookedAtIsNotDeleted() throws IOException {
    restored("earlier", "second");
    Path control = kept().resolve("global/pg_control");
    Files.delete(control);
    Files.createSymbolicLink(control, control.getFileName());

    assertThatThrownBy(() -> restored("r", "new")).isInstanceOf(IOException.class);
    assertThat(kept().resolve("PG_VERSION")).exists();
    assertThat(now()).isEqualTo("second");
  }

  @Test
  void foldersOnSeveralVolumesGoAndComeTogetherWhereverItIsKilled() throws IOException {
    several = true;
    everywhereKilled(1, restoring("new"), "r", ExchangeTest::givingUp, "second", "new", "first");
    everywhereKilled(
        1, ExchangeTest::undoing, "r", ExchangeTest::undoing, "second", "first", "first");
    everywhereKilled(
        1, ExchangeTest::undoing, "r", ExchangeTest::givingUp, "second", "first", "first");
  }

  @Test
  void aVolumeThatCameLaterIsEmptyAgainAfterTheUndo() throws IOException {
    restored("one", "second");
    several = true;
    for (Path volume : volumes()) {
      make(volume, "later");
    }

    undoing(of("two", DISK));

    assertThat(now()).isEqualTo("first");
    for (Path volume : volumes()) {
      assertThat(volume).doesNotExist();
      assertThat(content(KeptCopy.kept(volume))).isEqualTo("later");
    }
    undoing(of("three", DISK));
    assertThat(now()).isEqualTo("second");
    assertThat(volumes()).allSatisfy(volume -> assertThat(content(volume)).isEqualTo("later"));
  }

  @Test
  void nothingIsTouchedWhileAVolumeThatBelongsToItIsAway() throws IOException {
    several = true;
    fresh();
    of("one", DISK).setAside();
    several = false;

    assertThatThrownBy(() -> of("one", DISK).putBack())
        .hasMessageContaining("the volume of wal" + rounds)
        .hasMessageContaining("not there");
    assertThat(content(kept())).isEqualTo("first");
  }

  @Test
  void whatWasKeptGoesWhenItsDayIsOverOrAPersonSaysSoButNeverBefore() throws IOException {
    several = true;
    fresh();
    restored("one", "second");
    var all = new ArrayList<Path>();
    all.add(data.path());
    all.addAll(volumes());
    Instant now = Instant.now();

    KeptCopy.forget(data, all, now.plus(Duration.ofHours(23)), Instant.EPOCH);
    KeptCopy.forget(data, all, now, now.minus(Duration.ofHours(1)));
    assertThat(content(kept())).isEqualTo("first");

    KeptCopy.forget(data, all, now, now.plusSeconds(1));
    assertThat(everywhere()).containsExactly("second");
    assertThat(volumes()).allSatisfy(volume -> assertThat(KeptCopy.kept(volume)).doesNotExist());

    restored("two", "third");
    KeptCopy.forget(data, all, now.plus(Duration.ofHours(25)), Instant.EPOCH);
    assertThat(everywhere()).containsExactly("third");
  }

  @Test
  void whatAnUnfinishedRestoreHasMovedIsNotForgotten() throws IOException {
    of("one", DISK).setAside();

    KeptCopy.forget(
        data, List.of(data.path()), Instant.now().plus(Duration.ofDays(9)), Instant.MAX);

    assertThat(content(kept())).isEqualTo("first");
  }

  @Test
  void whatAnotherRestoreLeftUnfinishedIsPutBackFirst() throws IOException {
    for (int steps = 0; steps < 6; steps++) {
      fresh();
      restored("one", "second");
      if (run("two", restoring("bad"), steps) || of("two", DISK).isDone()) {
        break;
      }
      restored("three", "new");
      assertThat(now()).isEqualTo("new");
      assertThat(content(kept())).as("killed before step %d", steps).isEqualTo("second");
    }
  }

  /// As the version before wrote it, which knew the data's own folder only.
  private void oldNote(String phase, boolean older) throws IOException {
    Files.writeString(
        data.beside(KeptCopy.NOTE),
        "{\"restore\": \"r\", \"phase\": \"%s\", \"older\": %s, \"previous\": \"\"}"
            .formatted(phase, older));
  }

  @Test
  void whatTheVersionBeforeHasMovedIsPutBack() throws IOException {
    of("r", DISK).setAside();
    make(data.path(), "half");
    oldNote("aside", false);

    givingUp(of("r", DISK));

    assertThat(now()).isEqualTo("first");
    assertThat(everywhere()).containsExactly("first");

    restored("earlier", "second");
    of("r", DISK).setAside();
    make(data.path(), "half");
    oldNote("aside", true);
    givingUp(of("r", DISK));
    assertThat(now()).isEqualTo("second");
    assertThat(content(kept())).isEqualTo("first");
  }

  @Test
  void aNoteThatCannotBeUnderstoodSaysWhatToDo() throws IOException {
    for (String note : List.of("", "{}", "{\"phase\": \"aside\", \"parts\": []}", "{\"pha")) {
      fresh();
      of("r", DISK).setAside();
      Files.writeString(data.beside(KeptCopy.NOTE), note);

      assertThatThrownBy(() -> givingUp(of("r", DISK)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("can't be understood")
          .hasMessageContaining(kept().toString())
          .hasMessageContaining("then delete the note");
      assertThat(everywhere()).containsExactly("first");
    }
  }

  @Test
  void whatIsDoneIsNotPutBack() throws IOException {
    restored("one", "second");

    of("one", DISK).putBack();

    assertThat(of("one", DISK).isDone()).isTrue();
    assertThat(now()).isEqualTo("second");
    assertThat(content(kept())).isEqualTo("first");
  }

  @Test
  void anUndoOfTheUndoIsTheRestoredData() throws IOException {
    restored("one", "second");
    undoing(of("two", DISK));
    undoing(of("three", DISK));

    assertThat(now()).isEqualTo("second");
    assertThat(content(kept())).isEqualTo("first");
  }

  @Test
  void dataThatIsNotWholeIsNotSetAside() throws IOException {
    data.begin("pg_rewind");

    assertThatThrownBy(() -> of("one", DISK).setAside()).hasMessageContaining("no whole data");
    assertThat(everywhere()).containsExactly("first");
  }

  @Test
  void thatTheDataOfBeforeIsNowhereIsNotReportedAsPutBack() throws IOException {
    var exchange = of("one", DISK);
    exchange.setAside();
    Files.delete(kept().resolve("global/pg_control"));

    assertThatThrownBy(exchange::putBack).hasMessageContaining("neither in");
    assertThat(exchange.isBegun()).isTrue();
    assertThat(data.unfinished()).isPresent();
  }
}
