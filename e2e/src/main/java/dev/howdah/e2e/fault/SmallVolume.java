// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// A volume of an instance on a file system of its own, small enough to be filled.
///
/// A standby's volume is deleted, and the folder of the one that replaces it is covered with a file
/// system in memory before anything is written to it.
final class SmallVolume implements AutoCloseable {
  private static final String SIZE = "500m";
  private static final String FILLER = "filler";

  private final Scene scene;
  private final String instance;
  private final Path folder;

  private SmallVolume(Scene scene, String instance, Path folder) {
    this.scene = scene;
    this.instance = instance;
    this.folder = folder;
  }

  /// Gives the standby a new, small volume; returns when all are healthy again.
  static SmallVolume of(Scene scene, String standby) throws Exception {
    var all = scene.volumes();
    var before = names(all);
    scene.deleteVolume(standby);
    scene.deletePod(standby, false);
    long end = System.nanoTime() + 60_000_000_000L;
    while (System.nanoTime() < end) {
      for (Path folder : list(all)) {
        if (!before.contains(folder.getFileName().toString())) {
          run(
              "mount",
              "-t",
              "tmpfs",
              "-o",
              "size=" + SIZE + ",mode=0755",
              "howdah",
              folder.toString());
          run("chown", "--reference=" + all.resolve(before.iterator().next()), folder.toString());
          var name = folder.getFileName().toString();
          var volume = new SmallVolume(scene, name.substring(0, name.indexOf('.')), folder);
          scene.awaitHealthy();
          return volume;
        }
      }
      Thread.sleep(1);
    }
    throw new IOException("no new volume within 60 s");
  }

  private static Set<String> names(Path folder) {
    return list(folder).stream().map(f -> f.getFileName().toString()).collect(Collectors.toSet());
  }

  private static List<Path> list(Path folder) {
    try (var files = Files.list(folder)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Whose it is.
  String instance() {
    return instance;
  }

  /// Not a byte is left.
  void fill() throws IOException, InterruptedException {
    if (!Files.getFileStore(folder).type().equals("tmpfs")) {
      throw new IOException("the small volume of " + instance + " is gone");
    }
    var filler = folder.resolve(FILLER);
    long free = Files.getFileStore(folder).getUsableSpace();
    run("fallocate", "-l", Long.toString(free), filler.toString());
    try (var out = Files.newOutputStream(folder.resolve(FILLER + "2"))) {
      var block = new byte[4096];
      while (true) {
        out.write(block);
      }
    } catch (IOException full) {
      // as wanted
    }
  }

  void free() throws IOException {
    Files.deleteIfExists(folder.resolve(FILLER));
    Files.deleteIfExists(folder.resolve(FILLER + "2"));
  }

  /// The instance gets an ordinary volume again.
  @Override
  public void close() throws Exception {
    free();
    scene.awaitHealthy();
    if (scene.primary().equals(instance)) {
      scene.switchTo(scene.standby());
      scene.awaitOtherPrimary(instance);
      scene.awaitHealthy();
    }
    // its container keeps the file system until it ends
    run("umount", "-l", folder.toString());
    scene.deleteVolume(instance);
    scene.deletePod(instance, false);
  }

  private static void run(String... words) throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(new ArrayList<>(List.of(words))).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(String.join(" ", words) + ": " + output.strip());
    }
  }
}
