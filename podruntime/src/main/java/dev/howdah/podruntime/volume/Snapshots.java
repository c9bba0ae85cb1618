// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Mirror;
import dev.howdah.podruntime.objects.Reconciler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;

/// Makes VolumeSnapshots: copies of volumes' folders, which go with their objects.
public final class Snapshots {
  private static final Duration AGAIN = Duration.ofSeconds(2);
  private static final Duration UNKNOWN_KIND = Duration.ofSeconds(10);
  private static final String PART = FolderCopy.PART;

  private final Path root;
  private final KubeClient client;
  private final Mirror snapshots;
  private final Mirror claims;
  private final Mirror volumes;
  private final InstantSource clock;
  private final ReentrantReadWriteLock folders = new ReentrantReadWriteLock();

  /// @param root the folder below which all snapshots lie
  public Snapshots(
      Path root,
      KubeClient client,
      Mirror snapshots,
      Mirror claims,
      Mirror volumes,
      InstantSource clock) {
    this.root = root;
    this.client = client;
    this.snapshots = snapshots;
    this.claims = claims;
    this.volumes = volumes;
    this.clock = clock;
  }

  /// Makes a new folder a copy of a snapshot that can be read from, or leaves nothing.
  ///
  /// @return false if there is no such snapshot, or none any more when it was copied
  boolean restore(String namespace, String name, Path to) throws IOException, InterruptedException {
    Optional<ObjectNode> snapshot =
        client
            .find(Resource.VOLUME_SNAPSHOTS, namespace, name)
            .filter(s -> s.path("status").path("readyToUse").asBoolean(false));
    if (snapshot.isEmpty()) {
      return false;
    }
    var lock = folders.readLock(); // nothing is taken away from what is being read
    lock.lockInterruptibly();
    try {
      Path from = folder(Json.uid(snapshot.get()));
      if (!Files.isDirectory(from)) {
        return false;
      }
      FolderCopy.copy(from, to);
      return true;
    } finally {
      lock.unlock();
    }
  }

  private Path folder(String uid) {
    return root.resolve(uid);
  }

  /// One pass over one snapshot.
  public Duration reconcile(Key key) throws IOException, InterruptedException {
    Optional<ObjectNode> found = snapshots.find(key);
    if (found.isEmpty()
        || found.get().path("metadata").has("deletionTimestamp")
        || found.get().path("status").path("readyToUse").asBoolean(false)) {
      return Reconciler.DONE;
    }
    ObjectNode snapshot = found.get();
    String name = snapshot.at("/spec/source/persistentVolumeClaimName").asText("");
    Optional<ObjectNode> claim = claims.find(key.namespace(), name);
    Optional<Path> volume =
        claim
            .flatMap(c -> volumes.find("", c.path("spec").path("volumeName").asText("")))
            .flatMap(Claims::folderOf);
    ObjectNode status = Json.object();
    if (volume.isEmpty()) {
      status
          .putObject("error")
          .put("message", "there is no bound claim %s in this namespace".formatted(name));
      report(snapshot, status);
      return AGAIN;
    }
    String uid = Json.uid(snapshot);
    Trees.make(root);
    Optional<String> trouble = cut(volume.get(), folder(uid));
    if (!isThere(snapshot)) { // deleted meanwhile: nobody else would take away what is here now
      return forget(new Key("", uid));
    }
    if (trouble.isPresent()) {
      status.putObject("error").put("message", "the folder can't be copied: " + trouble.get());
      report(snapshot, status);
      return AGAIN;
    }
    JsonNode size = claim.get().path("status").path("capacity").path("storage");
    status.put("boundVolumeSnapshotContentName", "snapcontent-" + uid);
    status.put("creationTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    status.put("readyToUse", true).put("restoreSize", size.asText("1Gi")).putNull("error");
    report(snapshot, status);
    return Reconciler.DONE;
  }

  /// @return what went wrong
  private static Optional<String> cut(Path volume, Path folder) throws InterruptedException {
    try {
      if (!Files.isDirectory(folder)) {
        FolderCopy.copy(volume, folder);
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private boolean isThere(ObjectNode snapshot) {
    return client
        .find(Resource.VOLUME_SNAPSHOTS, Json.namespace(snapshot), Json.name(snapshot))
        .filter(now -> Json.uid(now).equals(Json.uid(snapshot)))
        .isPresent();
  }

  private void report(ObjectNode snapshot, ObjectNode status) {
    ObjectNode body = Json.object();
    body.putObject("metadata").put("uid", Json.uid(snapshot));
    body.set("status", status);
    snapshots.wrote(
        client.patchStatus(
            Resource.VOLUME_SNAPSHOTS,
            Json.namespace(snapshot),
            Json.name(snapshot),
            new Patch.Merge(body)));
  }

  /// Takes the copy of a snapshot away that is gone.
  public Duration forget(Key uid) throws IOException, InterruptedException {
    var lock = folders.writeLock();
    lock.lockInterruptibly();
    try {
      Trees.delete(folder(uid.name()));
      Trees.delete(folder(uid.name() + PART));
    } finally {
      lock.unlock();
    }
    return Reconciler.DONE;
  }

  /// Takes the copies away whose snapshots went while nobody looked.
  public Duration sweep() throws IOException, InterruptedException {
    if (!Files.isDirectory(root)) {
      return Reconciler.DONE;
    }
    if (!snapshots.isSynced()) {
      return AGAIN; // of what is deleted between now and then nobody would hear
    }
    List<String> found;
    try (var folders = Files.list(root)) {
      found = folders.map(folder -> uid(String.valueOf(folder.getFileName()))).toList();
    }
    Set<String> known;
    try { // asked for afterwards: what has a folder was there before
      known =
          client.list(Resource.VOLUME_SNAPSHOTS, "", Selection.ALL).items().stream()
              .map(Json::uid)
              .collect(Collectors.toSet());
    } catch (KubeException e) {
      if (!e.isNotFound()) {
        throw e;
      }
      return UNKNOWN_KIND; // its definition comes after the start
    }
    for (String uid : found) {
      if (!known.contains(uid)) {
        forget(new Key("", uid));
      }
    }
    return Reconciler.DONE;
  }

  private static String uid(String name) {
    return name.endsWith(PART) ? name.substring(0, name.length() - PART.length()) : name;
  }
}
