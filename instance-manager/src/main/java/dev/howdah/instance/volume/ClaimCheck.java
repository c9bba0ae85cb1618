// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.kube.KubeException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether this volume is the one that the identity on it was made for.
///
/// A volume made from a snapshot, or copied by hand, has the identity of the original in its files,
/// and what the original acknowledged or voted since isn't in them. What tells the two apart is the
/// UID of the claim. So nothing is decided by the Lease of another instance that leads now before
/// that was looked up: a copy gets an identity of its own, and is a newcomer that no vote and no
/// claim to be the last primary comes from.
///
/// Only while another instance leads, which a newcomer can follow. Where nobody does, the copies
/// may be all that there is (a namespace that was restored from a backup, volumes that were moved
/// to other storage), and newcomers alone could elect nobody.
public final class ClaimCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ClaimCheck.class);
  private static final Duration AGAIN = Duration.ofMinutes(1);

  /// Looks the claim's UID up.
  @FunctionalInterface
  public interface Claim {
    String uid();
  }

  private final String instance;
  private final Volume volume;
  private final Claim claim;
  private final InstantSource wall;
  private final Runnable copied;
  private boolean done;
  private Instant next = Instant.MIN;

  /// @param instance the name of this one
  /// @param copied hears that the identity has changed: the run has to begin anew
  public ClaimCheck(
      String instance, Volume volume, Claim claim, InstantSource wall, Runnable copied) {
    this.instance = instance;
    this.volume = volume;
    this.claim = claim;
    this.wall = wall;
    this.copied = copied;
  }

  /// Before anything is decided by a Lease that was read.
  ///
  /// @param renewed when its holder renewed it last, by the holder's clock
  /// @throws KubeException while another instance leads and nobody says whose volume this is
  public synchronized void before(LeaseRecord lease, Instant renewed) {
    Instant now = wall.instant();
    if (done || lease.isFree() || now.isBefore(next)) {
      return;
    }
    boolean leads = lease.holder().equals(instance);
    if (!leads && renewed.plusNanos(lease.duration()).isBefore(now)) {
      return;
    }
    try {
      String present = claim.uid();
      Optional<String> before = volume.claim();
      boolean copy = !leads && before.isPresent() && !before.get().equals(present);
      if (copy) {
        LOG.atWarn()
            .addKeyValue("claim", present)
            .addKeyValue("before", before.get())
            .addKeyValue("volume", volume.identity())
            .log("this volume is a copy of another one: it gets an identity of its own");
        volume.renew();
      }
      volume.keepClaim(present);
      done = true;
      if (copy) {
        copied.run();
      }
    } catch (KubeException e) {
      if (!leads && !e.isNotFound() && !e.isForbidden()) {
        throw e;
      }
      next = now.plus(AGAIN);
      LOG.atWarn()
          .addKeyValue("error", e.getMessage())
          .log("whether this volume is a copy is not known: the claim can't be read");
    } catch (IOException e) {
      throw new KubeException(
          0, "Volume", "the files beside the data directory: " + e.getMessage(), e);
    }
  }
}
