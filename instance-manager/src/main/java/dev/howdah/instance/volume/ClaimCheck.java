// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import dev.howdah.kube.KubeException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether this volume is the one that the identity on it was made for.
///
/// A volume made from a snapshot, or copied by hand, has the identity of the original in its files,
/// and what the original acknowledged or voted since isn't in them. What tells the two apart is the
/// UID of the claim. So nothing is decided by the Lease before that was looked up: a copy gets an
/// identity of its own, and is a newcomer that no vote and no claim to be the last primary comes
/// from.
public final class ClaimCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ClaimCheck.class);

  /// Looks a claim's UID up.
  @FunctionalInterface
  public interface Claim {
    String uid();
  }

  private final Volume volume;
  private final Claim claim;
  private final BooleanSupplier alone;
  private final Runnable copied;
  private boolean done;

  /// @param alone whether there is no other instance that could have more than this one
  /// @param copied hears that the identity has changed: the run has to begin anew
  public ClaimCheck(Volume volume, Claim claim, BooleanSupplier alone, Runnable copied) {
    this.volume = volume;
    this.claim = claim;
    this.alone = alone;
    this.copied = copied;
  }

  /// Returns once the volume is known to be the original.
  ///
  /// @throws KubeException while that can't be known
  public synchronized void run() {
    if (done) {
      return;
    }
    try {
      String present = present();
      Optional<String> before = volume.claim();
      if (present.isEmpty() || before.equals(Optional.of(present))) {
        done = true;
        return;
      }
      boolean copy = before.isPresent() && !alone.getAsBoolean();
      if (copy) {
        LOG.atWarn()
            .addKeyValue("claim", present)
            .addKeyValue("before", before.orElse(""))
            .addKeyValue("volume", volume.identity())
            .log("this volume is a copy of another one: it gets an identity of its own");
        volume.renew();
      }
      volume.keepClaim(present);
      done = true;
      if (copy) {
        copied.run();
      }
    } catch (IOException e) {
      throw new KubeException(
          0, "Volume", "the files beside the data directory: " + e.getMessage(), e);
    }
  }

  /// Empty when nobody can say: there is no such claim, or this instance may not see it.
  private String present() {
    try {
      return claim.uid();
    } catch (KubeException e) {
      if (e.isNotFound() || e.isForbidden()) {
        LOG.atDebug().addKeyValue("error", e.getMessage()).log("the volume's claim is not known");
        return "";
      }
      throw e;
    }
  }
}
