// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Mirror;
import dev.howdah.podruntime.objects.Reconciler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// Makes VolumeSnapshots: copies of volumes' folders, which go with their objects.
public final class Snapshots {
  private static final Duration AGAIN = Duration.ofSeconds(2);

  private final Path root;
  private final KubeClient client;
  private final Mirror snapshots;
  private final Mirror claims;
  private final Mirror volumes;
  private final InstantSource clock;

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

  /// The folder of a snapshot that can be read from.
  Optional<Path> ready(String namespace, String name) {
    return client
        .find(Resource.VOLUME_SNAPSHOTS, namespace, name)
        .filter(snapshot -> snapshot.path("status").path("readyToUse").asBoolean(false))
        .map(snapshot -> folder(Json.uid(snapshot)))
        .filter(Files::isDirectory);
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
    if (!Files.isDirectory(folder(uid))) {
      try {
        FolderCopy.copy(volume.get(), folder(uid));
      } catch (IOException e) {
        status.putObject("error").put("message", "the folder can't be copied: " + e.getMessage());
        report(snapshot, status);
        return AGAIN;
      }
    }
    JsonNode size = claim.get().path("status").path("capacity").path("storage");
    status.put("boundVolumeSnapshotContentName", "snapcontent-" + uid);
    status.put("creationTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    status.put("readyToUse", true).put("restoreSize", size.asText("1Gi")).putNull("error");
    report(snapshot, status);
    return Reconciler.DONE;
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
  public Duration forget(Key uid) throws IOException {
    Trees.delete(folder(uid.name()));
    Trees.delete(folder(uid.name() + ".part"));
    return Reconciler.DONE;
  }
}
