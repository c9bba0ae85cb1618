// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.Change;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.store.Stored;
import dev.howdah.apiserver.write.Call;
import dev.howdah.apiserver.write.Writer;
import java.util.Objects;

/// Keeps a deleted claim until no pod uses it any more.
final class ClaimProtection {
  private static final GroupResource CLAIMS = new GroupResource("", "persistentvolumeclaims");
  private static final GroupResource PODS = new GroupResource("", "pods");
  private static final String PROTECTION = "kubernetes.io/pvc-protection";

  private record Release(Key claim) {}

  private final Store store;
  private final ResourceTypes types;
  private final Writer writer;
  private final Worker worker;

  ClaimProtection(Store store, ResourceTypes types, Writer writer, Worker worker) {
    this.store = store;
    this.types = types;
    this.writer = writer;
    this.worker = worker;
  }

  void start() {
    store.onChange(this::note);
    store.list(CLAIMS, "").objects().forEach(this::consider);
  }

  private void note(Change change) {
    var type = change.object().type();
    if (type.equals(CLAIMS) && change.kind() != Change.Kind.DELETED) {
      consider(change.object());
    } else if (type.equals(PODS)
        && (change.kind() == Change.Kind.DELETED || ended(change.object()))) {
      for (var volume : change.object().tree().path("spec").path("volumes")) {
        var name = volume.path("persistentVolumeClaim").path("claimName").asText("");
        var claim =
            name.isEmpty()
                ? null
                : store.get(CLAIMS, new Key(change.object().key().namespace(), name));
        if (claim != null) {
          consider(claim);
        }
      }
    }
  }

  private void consider(Stored claim) {
    var tree = claim.tree();
    if (Meta.deleting(tree) && Meta.finalizers(tree).contains(PROTECTION)) {
      worker.submit(new Release(claim.key()), () -> release(claim.key()));
    }
  }

  private static boolean ended(Stored pod) {
    var phase = pod.tree().path("status").path("phase").asText();
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  private boolean used(Key claim) {
    for (var pod : store.list(PODS, claim.namespace()).objects()) {
      for (var volume : pod.tree().path("spec").path("volumes")) {
        var name = volume.path("persistentVolumeClaim").path("claimName").asText("");
        if (name.equals(claim.name()) && !ended(pod)) {
          return true;
        }
      }
    }
    return false;
  }

  private void release(Key key) {
    var claim = store.get(CLAIMS, key);
    if (claim == null || !Meta.deleting(claim.tree()) || used(key)) {
      return;
    }
    var type = Objects.requireNonNull(types.any("", "persistentvolumeclaims"));
    writer.patch(
        Call.internal(type, key.namespace(), key.name()),
        live -> {
          var left = Meta.finalizers(live);
          left.remove(PROTECTION);
          Meta.setFinalizers(live, left);
          return live;
        });
  }
}
