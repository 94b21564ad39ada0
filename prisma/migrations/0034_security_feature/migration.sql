-- Secure Boot alone, without EIM's disk encryption.
ALTER TABLE "profile" DROP CONSTRAINT "profile_security_feature_check";
ALTER TABLE "profile" ADD CONSTRAINT "profile_security_feature_check" CHECK ("security_feature" IN ('none', 'secure-boot', 'secure-boot-and-full-disk-encryption'));
