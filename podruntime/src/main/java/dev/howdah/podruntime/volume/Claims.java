// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.podruntime.objects.Events;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.objects.Mirror;
import dev.howdah.podruntime.objects.Quantity;
import dev.howdah.podruntime.objects.Reconciler;
import dev.howdah.podruntime.process.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives every claim a folder and takes it away with the claim.
///
/// Whatever storage class a claim names, known or not, its volume is a folder on this machine; its
/// size is what was asked for, and nothing enforces it. A folder is deleted only when its volume's
/// claim is gone (not merely being deleted), no process uses it, and the volume may be reclaimed.
public final class Claims {
  private static final Logger LOG = LoggerFactory.getLogger(Claims.class);
  private static final String PROVISIONER = "howdah.dev/local";
  private static final String DEFAULT_CLASS = "local";
  private static final Duration SOURCE = Duration.ofSeconds(2);
  private static final Duration IN_USE = Duration.ofSeconds(1);

  /// What the claims of this controller are decided with.
  ///
  /// @param busy whether processes use a claim's folder, wanted or not
  public record Context(
      KubeClient client,
      Mirror claims,
      Mirror volumes,
      Mirror classes,
      Snapshots snapshots,
      Events.Reporter events,
      Predicate<Key> busy) {}

  private final Path root;
  private final RunAs owner;
  private final Context context;
  private final KubeClient client;
  private boolean saidSize;

  /// @param root the folder below which all volumes lie
  public Claims(Path root, RunAs owner, Context context) {
    this.root = root;
    this.owner = owner;
    this.context = context;
    this.client = context.client();
  }

  /// The folder of a volume, when it is one.
  static Optional<Path> folderOf(JsonNode volume) {
    String local = volume.path("spec").path("local").path("path").asText("");
    String path = volume.path("spec").path("hostPath").path("path").asText(local);
    return path.isEmpty() ? Optional.empty() : Optional.of(Path.of(path));
  }

  /// One pass over one claim.
  public Duration reconcileClaim(Key key) throws IOException, InterruptedException {
    Optional<ObjectNode> found = context.claims().find(key);
    if (found.isEmpty()) {
      return Reconciler.DONE;
    }
    ObjectNode claim = found.get();
    if (claim.path("metadata").has("deletionTimestamp")) {
      return Reconciler.DONE; // the API server lets it go when no pod uses it any more
    }
    if (!claim.path("status").path("phase").asText("").equals("Bound")) {
      return bind(claim);
    } else {
      grow(claim);
    }
    return Reconciler.DONE;
  }

  private Duration bind(ObjectNode claim) throws IOException, InterruptedException {
    JsonNode source = claim.path("spec").path("dataSource");
    if (!source.isEmpty() && !fill(claim, source)) {
      return SOURCE;
    }
    String wanted = claim.path("spec").path("volumeName").asText("");
    ObjectNode volume;
    if (wanted.isEmpty()) {
      volume = provision(claim);
      claim = name(claim, Json.name(volume));
    } else {
      Optional<ObjectNode> existing = context.volumes().find("", wanted);
      if (existing.isEmpty()) {
        if (!wanted.equals("pvc-" + Json.uid(claim))) {
          return Reconciler.DONE; // somebody else's volume, which isn't there yet
        }
        volume = provision(claim);
      } else {
        volume = existing.get();
      }
    }
    volumeStatus(volume, "Bound");
    claimStatus(claim, volume.path("spec").path("capacity").path("storage").asText());
    return Reconciler.DONE;
  }

  /// Makes the folder of a claim a copy of a snapshot.
  ///
  /// @return false while there is nothing to copy
  private boolean fill(ObjectNode claim, JsonNode source) throws IOException, InterruptedException {
    String name = source.path("name").asText("");
    if (!source.path("kind").asText("").equals("VolumeSnapshot")) {
      context
          .events()
          .warning(
              claim,
              "ProvisioningFailed",
              "the embedded mode can't fill a volume from a %s: take a VolumeSnapshot of it"
                  .formatted(source.path("kind").asText()));
      return false;
    }
    Path folder = folder(claim);
    if (Files.isDirectory(folder)) {
      return true;
    }
    Trees.make(Trees.parent(folder));
    if (!context.snapshots().restore(Json.namespace(claim), name, folder)) {
      context
          .events()
          .warning(
              claim,
              "ProvisioningFailed",
              "there is no VolumeSnapshot %s that is ready to use".formatted(name));
      return false;
    }
    return true;
  }

  private ObjectNode provision(ObjectNode claim) throws IOException {
    String name = "pvc-" + Json.uid(claim);
    Path folder = makeFolder(claim);
    ObjectNode volume = Json.object(Resource.PERSISTENT_VOLUMES, "", name);
    volume
        .withObject("/metadata")
        .putObject("annotations")
        .put("pv.kubernetes.io/provisioned-by", PROVISIONER);
    ObjectNode spec = volume.putObject("spec");
    spec.putObject("capacity").put("storage", requested(claim));
    spec.set("accessModes", accessModes(claim));
    String storageClass = claim.path("spec").path("storageClassName").asText("");
    spec.put("storageClassName", storageClass);
    spec.put("persistentVolumeReclaimPolicy", reclaimPolicy(storageClass));
    spec.put("volumeMode", "Filesystem");
    spec.putObject("hostPath").put("path", folder.toString()).put("type", "Directory");
    spec.putObject("claimRef")
        .put("apiVersion", "v1")
        .put("kind", "PersistentVolumeClaim")
        .put("namespace", Json.namespace(claim))
        .put("name", Json.name(claim))
        .put("uid", Json.uid(claim));
    ObjectNode created;
    try {
      created = client.create(Resource.PERSISTENT_VOLUMES, volume);
    } catch (KubeException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
      created = client.get(Resource.PERSISTENT_VOLUMES, "", name);
    }
    context.volumes().wrote(created);
    context
        .events()
        .normal(claim, "ProvisioningSucceeded", "Successfully provisioned volume " + name);
    sayOnce(claim, storageClass, folder);
    return created;
  }

  private void sayOnce(ObjectNode claim, String storageClass, Path folder) {
    if (!saidSize) {
      saidSize = true;
      context
          .events()
          .normal(
              claim,
              "SizeNotEnforced",
              "in the embedded mode volumes are folders (this one: %s): their sizes are noted, not enforced"
                  .formatted(folder));
    }
    if (!storageClass.isEmpty() && context.classes().find("", storageClass).isEmpty()) {
      context
          .events()
          .normal(
              claim,
              "StorageClassMade",
              "there was no storage class \"%s\"; in the embedded mode any name will do, so it was made"
                  .formatted(storageClass));
      makeClass(storageClass, false);
    }
  }

  /// Makes sure that there is a storage class for claims that name none.
  public void ensureDefaultClass() {
    if (context.classes().all().isEmpty()) {
      makeClass(DEFAULT_CLASS, true);
    }
  }

  /// Claims may grow only when their class exists and says so.
  private void makeClass(String name, boolean byDefault) {
    ObjectNode made = Json.object(Resource.STORAGE_CLASSES, "", name);
    if (byDefault) {
      made.withObject("/metadata")
          .putObject("annotations")
          .put("storageclass.kubernetes.io/is-default-class", "true");
    }
    made.put("provisioner", PROVISIONER).put("reclaimPolicy", "Delete");
    made.put("volumeBindingMode", "Immediate").put("allowVolumeExpansion", true);
    try {
      context.classes().wrote(client.create(Resource.STORAGE_CLASSES, made));
    } catch (KubeException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
    }
  }

  private Path folder(ObjectNode claim) {
    String uid = Json.uid(claim);
    return root.resolve(Json.namespace(claim))
        .resolve(Json.name(claim) + "." + uid.substring(0, Math.min(8, uid.length())));
  }

  private Path makeFolder(ObjectNode claim) throws IOException {
    Path folder = folder(claim);
    Trees.make(Trees.parent(folder));
    if (!Files.isDirectory(folder)) {
      Files.createDirectory(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      owner.own(folder);
    }
    return folder;
  }

  private ObjectNode name(ObjectNode claim, String volume) {
    ObjectNode body = Json.object();
    body.putObject("metadata")
        .put("resourceVersion", Json.resourceVersion(claim))
        .putObject("annotations")
        .put("pv.kubernetes.io/bind-completed", "yes")
        .put("pv.kubernetes.io/bound-by-controller", "yes")
        .put("volume.kubernetes.io/storage-provisioner", PROVISIONER);
    body.putObject("spec").put("volumeName", volume);
    return context
        .claims()
        .wrote(
            client.merge(
                Resource.PERSISTENT_VOLUME_CLAIMS, Json.namespace(claim), Json.name(claim), body));
  }

  private void claimStatus(ObjectNode claim, String capacity) {
    ObjectNode body = Json.object();
    ObjectNode status = body.putObject("status").put("phase", "Bound");
    status.set("accessModes", accessModes(claim));
    status.putObject("capacity").put("storage", capacity);
    status.putNull("conditions");
    context
        .claims()
        .wrote(
            client.patchStatus(
                Resource.PERSISTENT_VOLUME_CLAIMS,
                Json.namespace(claim),
                Json.name(claim),
                new Patch.Merge(body)));
  }

  private void volumeStatus(ObjectNode volume, String phase) {
    if (volume.path("status").path("phase").asText("").equals(phase)) {
      return;
    }
    ObjectNode body = Json.object();
    body.putObject("status").put("phase", phase);
    context
        .volumes()
        .wrote(
            client.patchStatus(
                Resource.PERSISTENT_VOLUMES, "", Json.name(volume), new Patch.Merge(body)));
  }

  /// A claim that asks for more than it has gets it at once: there is nothing to resize.
  private void grow(ObjectNode claim) {
    String has = claim.path("status").path("capacity").path("storage").asText("0");
    String asks = requested(claim);
    if (Quantity.parse(asks).compareTo(Quantity.parse(has)) <= 0) {
      return;
    }
    ObjectNode body = Json.object();
    body.putObject("spec").putObject("capacity").put("storage", asks);
    String volume = claim.path("spec").path("volumeName").asText();
    context.volumes().wrote(client.merge(Resource.PERSISTENT_VOLUMES, "", volume, body));
    claimStatus(claim, asks);
    context
        .events()
        .normal(claim, "FileSystemResizeSuccessful", "MountVolume.NodeExpandVolume succeeded");
  }

  /// One pass over one volume: reclaims it when its claim is gone.
  public Duration reconcileVolume(Key key) throws IOException {
    Optional<ObjectNode> found = context.volumes().find(key);
    if (found.isEmpty()) {
      return Reconciler.DONE;
    }
    ObjectNode volume = found.get();
    JsonNode reference = volume.path("spec").path("claimRef");
    String provisioner = Json.annotation(volume, "pv.kubernetes.io/provisioned-by");
    if (reference.isEmpty() || !provisioner.equals(PROVISIONER)) {
      return Reconciler.DONE;
    }
    var claimKey = new Key(reference.path("namespace").asText(), reference.path("name").asText());
    if (exists(claimKey, reference.path("uid").asText())) {
      return Reconciler.DONE;
    }
    String policy = volume.path("spec").path("persistentVolumeReclaimPolicy").asText("Delete");
    boolean asked = volume.path("metadata").has("deletionTimestamp");
    if (!policy.equals("Delete") && !asked) {
      volumeStatus(volume, "Released");
      return Reconciler.DONE;
    }
    if (context.busy().test(claimKey)) {
      return IN_USE;
    }
    Optional<Path> folder = folderOf(volume).filter(path -> policy.equals("Delete"));
    if (folder.isPresent()) {
      deleteFolder(folder.get());
    }
    try {
      client.delete(
          Resource.PERSISTENT_VOLUMES,
          "",
          Json.name(volume),
          DeleteOptions.ofUid(Json.uid(volume)));
    } catch (KubeException e) {
      if (!e.isNotFound() && !e.isConflict()) {
        throw e;
      }
    }
    return Reconciler.DONE;
  }

  /// Asks the server, not the mirror: a folder is about to be deleted on the strength of this.
  private boolean exists(Key claim, String uid) {
    Optional<ObjectNode> mirrored = context.claims().find(claim);
    if (mirrored.isPresent() && Json.uid(mirrored.get()).equals(uid)) {
      return true;
    }
    return client
        .find(Resource.PERSISTENT_VOLUME_CLAIMS, claim.namespace(), claim.name())
        .filter(object -> Json.uid(object).equals(uid))
        .isPresent();
  }

  private void deleteFolder(Path folder) throws IOException {
    if (!folder.normalize().startsWith(root) || folder.normalize().equals(root)) {
      LOG.atWarn()
          .addKeyValue("folder", folder)
          .log("volume outside of the home folder not deleted");
      return;
    }
    LOG.atInfo().addKeyValue("folder", folder).log("volume deleted");
    Trees.delete(folder);
  }

  private String reclaimPolicy(String storageClass) {
    return context
        .classes()
        .find("", storageClass)
        .map(found -> found.path("reclaimPolicy").asText("Delete"))
        .orElse("Delete");
  }

  private static String requested(JsonNode claim) {
    return claim.path("spec").path("resources").path("requests").path("storage").asText("1Gi");
  }

  private static JsonNode accessModes(JsonNode claim) {
    JsonNode modes = claim.path("spec").path("accessModes");
    return modes.isEmpty()
        ? Json.mapper().createArrayNode().add("ReadWriteOnce")
        : modes.deepCopy();
  }
}
