// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Mirror;
import dev.howdah.podruntime.process.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The volumes of one pod: makes their folders and keeps their files current.
public final class PodVolumes {
  /// Where the objects that volumes are made of are found.
  public record Sources(
      Mirror configMaps, Mirror secrets, Mirror claims, Mirror volumes, Tokens tokens) {}

  /// How far the volumes are.
  public sealed interface State {
    /// All there; the folders by volume name, and when files made of tokens have to be renewed.
    record Mounted(Map<String, Path> folders, Instant renew) implements State {
      public Mounted {
        folders = Map.copyOf(folders);
      }
    }

    /// Something is missing that may still come; the message is for an event.
    record Waiting(String message) implements State {}
  }

  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  private final Path folder;
  private final Path memory;
  private final RunAs owner;
  private final Sources sources;

  /// @param podFolder the pod's folder
  public PodVolumes(Path podFolder, RunAs owner, Sources sources) {
    this.folder = podFolder.resolve("v");
    this.memory = memoryFolder(podFolder);
    this.owner = owner;
    this.sources = sources;
  }

  /// Brings all volumes to their current state; may be called as often as wanted.
  public State update(PodFacts facts) throws IOException {
    Trees.make(folder);
    Map<String, Path> folders = new HashMap<>();
    for (JsonNode volume : facts.pod().path("spec").path("volumes")) {
      String name = volume.path("name").asText();
      switch (place(facts, volume, folder.resolve(name))) {
        case Placed.At(var path) -> folders.put(name, path);
        case Placed.Not(var why) -> {
          return new State.Waiting(
              "MountVolume.SetUp failed for volume \"%s\" : %s".formatted(name, why));
        }
      }
    }
    return new State.Mounted(folders, sources.tokens().renewal(Json.uid(facts.pod())));
  }

  /// Removes what was made for this pod; claims stay.
  public void remove(String podUid) throws IOException {
    if (isOurs(memory, folder)) {
      Trees.delete(memory);
    }
    Trees.delete(folder);
    sources.tokens().forget(podUid);
  }

  /// Removes what was made for a pod that only its folder is left of.
  public static void removeFolders(Path podFolder) throws IOException {
    if (isOurs(memoryFolder(podFolder), podFolder)) {
      Trees.delete(memoryFolder(podFolder));
    }
    Trees.delete(podFolder.resolve("v"));
  }

  /// Where volumes of medium Memory of a pod lie, which must go even when all else of it is lost.
  static Path memoryFolder(Path podFolder) {
    return SHARED_MEMORY.resolve(
        "howdah-" + Integer.toString(podFolder.toAbsolutePath().hashCode() & 0x7fffffff, 36));
  }

  private sealed interface Placed {
    record At(Path path) implements Placed {}

    record Not(String why) implements Placed {}
  }

  private Placed place(PodFacts facts, JsonNode volume, Path path) throws IOException {
    if (Projection.handles(volume)) {
      return project(facts, volume, path);
    }
    if (volume.has("emptyDir")) {
      boolean inMemory = volume.path("emptyDir").path("medium").asText("").equals("Memory");
      boolean possible = inMemory && Files.isWritable(SHARED_MEMORY) && hasMemory();
      return new Placed.At(own(possible ? memory.resolve(path.getFileName()) : path));
    }
    if (volume.has("persistentVolumeClaim")) {
      return claim(facts, volume.path("persistentVolumeClaim").path("claimName").asText());
    }
    if (volume.has("ephemeral")) {
      return claim(facts, Json.name(facts.pod()) + "-" + volume.path("name").asText());
    }
    if (volume.has("hostPath")) {
      return hostPath(volume.path("hostPath"));
    }
    if (volume.size() <= 1) {
      return new Placed.At(own(path)); // no source given means emptyDir
    }
    String kinds =
        String.join(
            ", ",
            volume.properties().stream()
                .map(Map.Entry::getKey)
                .filter(key -> !key.equals("name"))
                .toList());
    return new Placed.Not(
        "the embedded mode has no volumes of kind %s; it has persistentVolumeClaim, ephemeral, emptyDir, configMap, secret, projected, downwardAPI and hostPath"
            .formatted(kinds));
  }

  /// Anybody may make a folder there, also one of the name that ours would have.
  private boolean hasMemory() throws IOException {
    if (!Files.exists(memory, LinkOption.NOFOLLOW_LINKS)) {
      Trees.make(memory);
    }
    return isOurs(memory, folder);
  }

  private static boolean isOurs(Path memory, Path other) throws IOException {
    return Files.isDirectory(memory, LinkOption.NOFOLLOW_LINKS)
        && Files.exists(other)
        && Files.getOwner(memory, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(other));
  }

  private Placed project(PodFacts facts, JsonNode volume, Path path) throws IOException {
    var projection =
        new Projection(
            facts,
            new Projection.Sources(
                sources.configMaps()::find,
                sources.secrets()::find,
                token -> sources.tokens().token(facts.pod(), token)));
    return switch (projection.files(volume)) {
      case Payload.Missing(var message) -> new Placed.Not(message);
      case Payload.Files(var files) -> {
        new AtomicFolder(path, owner).write(files);
        yield new Placed.At(path);
      }
    };
  }

  private Placed claim(PodFacts facts, String name) {
    var key = new Key(Json.namespace(facts.pod()), name);
    Optional<ObjectNode> claim = sources.claims().find(key);
    if (claim.isEmpty()) {
      return new Placed.Not("persistentvolumeclaim \"%s\" not found".formatted(name));
    }
    Optional<Path> path =
        sources
            .volumes()
            .find("", claim.get().path("spec").path("volumeName").asText(""))
            .flatMap(Claims::folderOf);
    if (path.isEmpty() || !claim.get().path("status").path("phase").asText().equals("Bound")) {
      return new Placed.Not("persistentvolumeclaim \"%s\" is not bound".formatted(name));
    }
    if (!Files.isDirectory(path.get())) {
      return new Placed.Not(
          "the folder %s of persistentvolumeclaim \"%s\" is gone: put it back, or delete the claim"
              .formatted(path.get(), name));
    }
    return new Placed.At(path.get());
  }

  private Placed hostPath(JsonNode source) throws IOException {
    Path path = Path.of(source.path("path").asText());
    String type = source.path("type").asText("");
    if (type.equals("DirectoryOrCreate") && !Files.exists(path)) {
      Trees.make(path);
      owner.own(path);
    }
    return Files.exists(path)
        ? new Placed.At(path)
        : new Placed.Not("hostPath %s does not exist".formatted(path));
  }

  private Path own(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      Trees.make(path);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
      owner.own(path);
    }
    return path;
  }

  /// The claims a pod uses, by name.
  public static Set<String> claims(JsonNode pod) {
    Set<String> names = new HashSet<>();
    for (JsonNode volume : pod.path("spec").path("volumes")) {
      if (volume.has("persistentVolumeClaim")) {
        names.add(volume.path("persistentVolumeClaim").path("claimName").asText());
      } else if (volume.has("ephemeral")) {
        names.add(Json.name(pod) + "-" + volume.path("name").asText());
      }
    }
    return names;
  }
}
