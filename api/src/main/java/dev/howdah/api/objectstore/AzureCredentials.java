// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.objectstore;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.KeyReference;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// Credentials for Azure Blob Storage: a connection string, or an account with one way to sign in.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AzureCredentials(
    @Field("Key that holds the connection string") @Nullable KeyReference connectionString,
    @Field("Key that holds the storage account's name") @Nullable KeyReference storageAccount,
    @Field("Key that holds the account's access key") @Nullable KeyReference storageKey,
    @Field("Key that holds a shared access signature") @Nullable KeyReference storageSasToken,
    @JsonProperty("inheritFromAzureAD") @Field("Use the pod's managed identity")
        @Nullable Boolean inheritFromAzureAd,
    @Field("Try Azure's default chain of credentials")
        @Nullable Boolean useDefaultAzureCredentials) {}
