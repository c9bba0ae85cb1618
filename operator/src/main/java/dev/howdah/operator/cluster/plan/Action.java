// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.observed.Meta;
import java.util.List;

/// One step of a plan. Each can be repeated without harm, and holds what makes it safe: the
/// identity of the object it is about, as it was when the decision was made.
public sealed interface Action {
  /// Whom it concerns: an instance, or the cluster. When a step fails, later ones about the same
  /// subject are left out; those about others are not.
  String subject();

  /// Why, for a person.
  String reason();

  /// What it does, for a person.
  default String text() {
    return what() + ": " + reason();
  }

  /// What it does, without the reason.
  String what();

  /// Makes or changes an object of our own by server-side apply. One of the same name that belongs
  /// to somebody else is left alone, which is a failure.
  record Apply(Resource resource, ObjectNode object, String reason) implements Action {
    @Override
    public String subject() {
      return "";
    }

    @Override
    public String what() {
      return "applies " + resource.kind() + " " + Json.name(object);
    }
  }

  /// Creates an object whose name nobody else should have; that it exists already means that the
  /// observation was late.
  record Create(Resource resource, ObjectNode object, String subject, String reason)
      implements Action {
    @Override
    public String what() {
      return "creates " + resource.kind() + " " + Json.name(object);
    }
  }

  /// Deletes this very object.
  ///
  /// @param guard what must be confirmed by a fresh reading before
  record Delete(Resource resource, Meta meta, String subject, Guard guard, String reason)
      implements Action {
    @Override
    public String what() {
      return "deletes " + resource.kind() + " " + meta.name();
    }
  }

  /// What a deletion needs besides the identity of the object.
  enum Guard {
    /// Nothing: the object can be made again from what else exists.
    NONE,
    /// A primary lives, and it and enough others have all that this instance has.
    COPIED_ELSEWHERE,
    /// The object is just as it was seen.
    UNCHANGED
  }

  /// Changes some fields of an object that is as it was when it was seen.
  record Merge(Resource resource, Meta meta, ObjectNode body, String subject, String reason)
      implements Action {
    @Override
    public String what() {
      return "changes " + resource.kind() + " " + meta.name();
    }
  }

  /// Writes fields of the status of another object than the Cluster, which is as it was seen.
  record Report(Resource resource, Meta meta, ObjectNode status, String subject, String reason)
      implements Action {
    @Override
    public String what() {
      return "writes the status of " + resource.kind() + " " + meta.name();
    }
  }

  /// Nobody was ever the primary of the data that is there now: the instance shall be the first
  /// one.
  record ForgetPrimary(String instance, String reason) implements Action {
    @Override
    public String subject() {
      return "";
    }

    @Override
    public String what() {
      return "makes " + instance + " the first primary of the restored data";
    }
  }

  /// Sends this operator's version of the instance manager to an instance, which goes over to it
  /// while PostgreSQL runs.
  ///
  /// @param pod its UID
  record UpdateManager(String subject, String pod, String reason) implements Action {
    @Override
    public String what() {
      return "updates the instance manager of " + subject;
    }
  }

  /// Makes or renews the authority that signs the cluster's certificates.
  ///
  /// @param renew keep the key and issue a new certificate for it
  record IssueAuthority(String secret, boolean renew, String reason) implements Action {
    @Override
    public String subject() {
      return "";
    }

    @Override
    public String what() {
      return (renew ? "renews" : "makes") + " the certificate authority in Secret " + secret;
    }
  }

  /// Makes or renews a certificate.
  ///
  /// @param server the server's; else the one of the streaming standbys
  /// @param addresses that the server's certificate names besides its DNS names
  record IssueCertificate(
      String secret,
      String authority,
      boolean server,
      List<String> addresses,
      boolean renew,
      String reason)
      implements Action {
    public IssueCertificate {
      addresses = List.copyOf(addresses);
    }

    @Override
    public String subject() {
      return "";
    }

    @Override
    public String what() {
      return (renew ? "renews" : "makes") + " the certificate in Secret " + secret;
    }
  }

  /// Makes the Secret of a user with a new password.
  ///
  /// @param passwordFrom Secret whose password to take over; empty: a new one
  record MakeUserSecret(
      String secret, String type, String user, String database, String passwordFrom, String reason)
      implements Action {
    @Override
    public String subject() {
      return "";
    }

    @Override
    public String what() {
      return "makes Secret " + secret + " for user " + user;
    }
  }

  /// Says in the status which instance shall be the primary, if the Cluster is as it was seen.
  record SetTarget(String instance, String subject, String reason) implements Action {
    @Override
    public String what() {
      return "makes " + instance + " the target primary";
    }
  }

  /// Mirrors the holder of the Lease into the status, where its instance didn't do so by itself.
  record MirrorHolder(String instance, String reason) implements Action {
    @Override
    public String subject() {
      return "";
    }

    @Override
    public String what() {
      return "records " + instance + " as the primary";
    }
  }

  /// Frees the Lease of a holder that is proved dead, so that nobody waits for it to run out.
  ///
  /// @param incarnation the run that is dead
  /// @param pod UID of its pod; confirmed once more before
  record FreeLease(String incarnation, String pod, Proof proof, String reason) implements Action {
    @Override
    public String subject() {
      return "";
    }

    @Override
    public String what() {
      return "frees the Lease";
    }
  }

  /// Why a run is known to be dead.
  enum Proof {
    /// The kubelet wrote that its container has ended.
    CONTAINER_ENDED,
    /// Its pod is gone, and had ended before.
    POD_ENDED,
    /// The node has started anew since.
    NODE_RESTARTED,
    /// A person or a controller says that the node is off.
    NODE_OUT_OF_SERVICE
  }
}
