"""The words by which joints are called, in the languages of the files that people have.

Sides, parts of the body, the trunk, and what is no part of a body. Words are in lower case and
without accents, as ``joint_words.py`` cuts names.
"""

from __future__ import annotations

SIDES = {
    **dict.fromkeys(
        "left l lft lt 左 왼쪽 왼 links linke linker linkes gauche gch izq izquierda izquierdo "
        "sinistra sinistro sx esq esquerda esquerdo lewe lewa lewy "
        "лев левая левый левое левой л ліва лівий ліве".split(),
        "left",
    ),
    **dict.fromkeys(
        "right r rgt rt 右 오른쪽 오른 rechts rechte rechter rechtes droite droit drt der derecha "
        "derecho destra destro dx dir direita direito prawe prawa prawy "
        "прав правая правый правое правой п права правий праве".split(),
        "right",
    ),
}
#: Sides that are written onto the word that follows or precedes them.
GLUED_SIDES = ("left", "right", "l", "r", "左", "右", "왼쪽", "오른쪽", "왼", "오른")
#: Body words of each part; of a name with several, the first part listed wins.
WORDS = {
    "finger": "thumb index middle ring pinky pinkie little finger fingers metacarpal carpal "
    "thumbs 親指 人指 中指 薬指 小指 拇指 食指 无名指 손가락 палец пальцы",
    "toes": "toe toes toebase ball forefoot metatarsal hallux つま先 爪先 脚趾 脚尖 발가락 발끝 "
    "zeh zehe zehen orteil orteils punta palce носок носки",
    "calf": "knee shin calf tibia crus lowerleg lowleg loleg leglower ひざ 膝 小腿 膝盖 "
    "종아리 무릎 unterschenkel mollet genou pantorrilla rodilla polpaccio ginocchio stinco "
    "canela joelho panturrilha lydka kolano голень колено гомілка коліно",
    "thigh": "thigh upleg upperleg legupper legup femur upperthigh 足 大腿 허벅지 oberschenkel "
    "cuisse muslo coscia coxa udo бедро стегно",
    "foot": "foot ankle talus 足首 脚踝 脚腕 脚 발목 발 fuss pied cheville pie tobillo piede "
    "caviglia pe tornozelo stopa kostka стопа ступня лодыжка щиколотка",
    "forearm": "forearm farm lowerarm lowarm loarm armlower elbow radius ulna ひじ 肘 前臂 小臂 "
    "手肘 아래팔 전완 팔꿈치 unterarm ellbogen avantbras coude antebrazo codo avambraccio gomito "
    "antebraco cotovelo przedramie lokiec предплечье локоть передпліччя лікоть",
    "upperarm": "upperarm uarm uparm armupper armup humerus bicep biceps shldr 腕 上臂 大臂 "
    "위팔 상완 oberarm ramie",
    "hand": "hand wrist palm carpus 手首 手腕 手掌 手 손목 손 handgelenk poignet main mano muneca "
    "polso mao pulso dlon nadgarstek кисть запястье ладонь",
    "collar": "clavicle clav collar collarbone scapula innershoulder 肩 锁骨 쇄골 "
    "schluesselbein clavicule clavicula clavicola obojczyk ключица ключиця",
    "head": "head skull cranium 頭 头 머리 kopf tete cabeza testa cabeca glowa голова череп",
    "leg": "leg jambe gamba perna noga 다리 腿 нога",
    "arm": "arm bras brazo braccio braco reka 팔 胳膊 рука",
    "shoulder": "shoulder schulter epaule hombro spalla ombro bark 어깨 肩膀 плечо плече",
    "hip": "hip hips hipjoint buttock",
}
TRUNK = set(
    "spine chest neck torso abdomen back thorax waist cervical lumbar 首 上半身 脊椎 脖子 颈 胸 "
    "척추 가슴 목 wirbel brust hals colonne torse cou columna pecho cuello colonna torace collo "
    "coluna peito pescoco kreg klatka szyja позвоночник спина грудь шея шия".split()
)
#: Words of joints that steer or follow others, and of what a body carries.
HELPERS = set(
    "ik pole target ctrl control helper hlp aux prop weapon holder socket goal jiggle breast pec "
    "skirt cloth hair dress corrective muscle roll share effector eff site nub tip top end ＩＫ "
    "ponytail tail wing ear eye jaw brow hat camera light".split()
)
