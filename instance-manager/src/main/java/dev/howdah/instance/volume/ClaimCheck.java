// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.volume;

import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.kube.KubeException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether this volume is the one that the identity on it was made for.
///
/// A volume made from a snapshot, or copied by hand, has the identity of the original in its files,
/// and what the original acknowledged or voted since isn't in them. What tells the two apart is the
/// UID of the claim, which is looked up before anything is decided by a Lease that was read:
///
/// - A copy of the last primary's volume forgets that it was the primary: it doesn't take its Lease
///   again, others may be elected. Only where there are no others it stays what it was.
/// - Any other copy becomes a newcomer, with an identity of its own, as soon as another instance is
///   seen to lead, which a newcomer can follow. Where nobody leads, the copies may be all that
///   there is (a namespace that was restored from a backup, volumes that were moved to other
///   storage), and newcomers alone could elect nobody.
public final class ClaimCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ClaimCheck.class);
  private static final long AGAIN = 60_000_000_000L;

  /// Looks the claim's UID up.
  @FunctionalInterface
  public interface Claim {
    String uid();
  }

  private final String instance;
  private final Volume volume;
  private final Claim claim;
  private final LongSupplier clock;
  private final Runnable copied;
  private boolean done;
  private boolean forbidden;
  private long askedAt;
  private String version = "";
  private long seenAt;
  private boolean renewed;
  private boolean ownedAtStart;

  /// @param instance the name of this one
  /// @param clock nanoseconds that go on in a pause, too
  /// @param copied hears that the volume says something else now: the run has to begin anew
  public ClaimCheck(
      String instance, Volume volume, Claim claim, LongSupplier clock, Runnable copied) {
    this.instance = instance;
    this.volume = volume;
    this.claim = claim;
    this.clock = clock;
    this.copied = copied;
  }

  /// Before anything is decided by a Lease that was read.
  ///
  /// @param revision of the Lease
  /// @throws KubeException while nobody may decide anything by it
  public synchronized void before(LeaseRecord lease, String revision) {
    if (done) {
      return;
    }
    long now = clock.getAsLong();
    if (!revision.equals(version)) {
      ownedAtStart |= version.isEmpty() && isOurs(lease);
      renewed = !version.isEmpty() && !lease.isFree();
      version = revision;
      seenAt = now;
    }
    if (forbidden && now - askedAt < AGAIN) {
      return;
    }
    try {
      decide(lease, claim.uid(), now);
    } catch (KubeException e) {
      if (!forbidden && !e.isNotFound() && !e.isForbidden()) {
        throw e;
      }
      forbidden = true;
      askedAt = now;
      LOG.atWarn()
          .addKeyValue("error", e.getMessage())
          .log("whether this volume is a copy is not known: the claim can't be read");
    } catch (IOException e) {
      throw new KubeException(
          0, "Volume", "the files beside the data directory: " + e.getMessage(), e);
    }
  }

  private void decide(LeaseRecord lease, String present, long now) throws IOException {
    Optional<String> before = volume.claim();
    if (before.isEmpty() || before.get().equals(present)) {
      volume.keepClaim(present);
      done = true;
    } else if (isOurs(lease)) {
      boolean won = !ownedAtStart;
      if (won || lease.members().stream().allMatch(m -> m.name().equals(instance))) {
        become(present, "it stays what it is, as nobody has more", false);
      } else {
        volume.forgetClaim();
        become(present, "it doesn't pass for the last primary's", true);
      }
    } else if (renewed) {
      volume.renew();
      become(present, "it gets an identity of its own", true);
    } else if (!lease.isFree() && now - seenAt < lease.duration()) {
      throw new KubeException(
          0, "Volume", "this volume is a copy, and whether anybody leads is not known yet", null);
    }
  }

  private boolean isOurs(LeaseRecord lease) {
    return lease.owner().name().equals(instance);
  }

  private void become(String present, String what, boolean again) throws IOException {
    LOG.atWarn()
        .addKeyValue("claim", present)
        .addKeyValue("before", volume.claim().orElse(""))
        .log("this volume is a copy of another one: " + what);
    volume.keepClaim(present);
    done = true;
    if (again) {
      copied.run();
    }
  }
}
