/**
 * The part of the first boot's script that finds out how it went: what cloud-init says of its stages (`status` of old
 * versions has no `--format json`), what commands noted in /run/eims/faults, how the installer ended. It is one piece of
 * Python; `read`, `output`, `settle` and ROOT are the script's.
 */
export const OUTCOME_FUNCTIONS = `def errors_of_stages():
    try:
        stages = json.loads(read("run/cloud-init/status.json"))["v1"].values()
        return [str(error) for stage in stages if isinstance(stage, dict) for error in stage.get("errors") or []]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def faults():
    """What commands of ours could not do, a sentence a line."""
    return read("run/eims/faults").splitlines()


def cloud_init_status():
    text = output("cloud-init", "status", "--wait", "--format", "json")
    try:
        told = json.loads(text[text.index("{"):])
        if isinstance(told, dict):
            return told
    except ValueError:
        pass
    told, last = {}, None
    for line in output("cloud-init", "status", "--wait", "--long").splitlines():
        key, colon, value = line.lstrip(".").partition(":")
        if colon and key in ("status", "extended_status", "detail"):
            last = key
            told[key] = value.strip()
        elif last == "detail":
            told["detail"] = (told["detail"] + " " + line.strip()).strip()
    if told.get("status") == "error" and told.get("detail"):
        told["errors"] = [told["detail"]]
    return told


def cloud_init(earlier):
    told = cloud_init_status()
    status = str(told.get("status") or "unknown")
    errors = earlier + faults() + [str(error) for error in told.get("errors") or []]
    try:
        errors += [str(error) for error in json.loads(read("run/cloud-init/result.json"))["v1"]["errors"]]
    except (ValueError, KeyError, TypeError):
        pass
    unwritten = settle()
    if unwritten:
        errors.insert(0, "not everything could be written to the disk: " + unwritten)
    errors = list(dict.fromkeys(errors))
    if status == "done" and errors:
        status = "error"
    if status == "done" and str(told.get("extended_status")).startswith("degraded"):
        recoverable = told.get("recoverable_errors") or {}
        errors = [
            level + ": " + str(text) for level, texts in recoverable.items() if level != "DEPRECATED" for text in texts
        ]
        if errors or not recoverable:
            status = "degraded"
    return {"status": status[:64], "errors": [error[:2048] for error in errors[:64]]}


def installer(config):
    """How the config-file's installer ended in this first boot; None when there was none."""
    try:
        result = json.loads(read("var/lib/eims/installer/result.json"))
        if result["instanceId"] == config["instanceId"]:
            return {"status": min(255, result["status"]), "lastLines": result["lastLines"][:2000]}
    except (ValueError, KeyError, TypeError):
        pass
    # its mark of this boot, of which nothing came
    return {"status": 255, "lastLines": "it did not end"} if os.path.exists(os.path.join(ROOT, "run/eims-installer")) else None


def errors_of_installer(ended):
    if not ended or ended["status"] == 0:
        return []
    # half of what the contract takes: there a character beyond U+FFFF counts as two
    return ["operatingSystem.installer ended with exit status %d: %s" % (ended["status"], ended["lastLines"][-900:])]


`
